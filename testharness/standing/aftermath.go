package standing

import (
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// changed tells whether an action may have changed an entity before an observation
// was over, so lately that what it was before still shows.
func (n *run) changed(o *record.Observation, entity string) bool {
	return slices.ContainsFunc(n.acts, func(a at[*record.Act]) bool {
		return a.what.Changed() && a.what.Entity == entity && a.what.Began.Before(o.Ended) && !o.Began.After(n.settles(a))
	})
}

// settles returns until when something may be unknown of what an action has
// changed: for its aftermath, and as long as it takes to look. Where a fault is
// there meanwhile nobody may have seen the change, so that it counts from when
// that has settled.
func (n *run) settles(a at[*record.Act]) time.Time {
	lasts := a.what.Aftermath + n.soon()
	until := a.time.Add(lasts)
	for _, settled := range n.settlings() {
		if l := settled.life; !l.begin.After(until) && settled.at.After(a.time) {
			until = later(until, settled.at.Add(lasts))
		}
	}
	return until
}

// A settling is when a fault was over; one that never was is there to the end.
type settling struct {
	life *life
	at   time.Time
}

// settlings are those of all faults, by time.
func (n *run) settlings() []settling {
	all := make([]settling, len(n.faults))
	for i, l := range n.faults {
		all[i] = settling{l, l.settled}
		if l.settled.IsZero() {
			all[i].at = n.End
		}
	}
	slices.SortStableFunc(all, func(a, b settling) int { return a.at.Compare(b.at) })
	return all
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
