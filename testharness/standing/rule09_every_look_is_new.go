package standing

import (
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// clockSlack is how far apart the clocks of the runner and of the subject, which
// are on one machine, may be. It also has room for a look that several callers
// share and that an earlier one of them began.
const clockSlack = time.Second

// everyLookIsNew: an observation that is told again tells of a system that may be
// gone.
func everyLookIsNew(n *run, f *findings) {
	var before *record.Observation
	for _, o := range n.looks {
		if blind(o) {
			continue
		}
		switch told := o.Observation.Time; {
		case told.IsZero():
			f.on(o, "it does not say of when it is")
		case told.Before(o.Began.Add(-clockSlack)):
			f.on(o, "it is of %s and was asked for at %s", n.since(told), n.since(o.Began))
		case told.After(o.Ended.Add(clockSlack)):
			f.on(o, "it is of %s and was returned at %s, before that", n.since(told), n.since(o.Ended))
		case before != nil && told.Equal(before.Observation.Time) && !o.Began.Before(before.Ended):
			f.on(o, "it is of the same moment as observation %d, which had been returned when it was asked for", before.Number)
		}
		before = o
	}
}
