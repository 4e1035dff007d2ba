package standing

import (
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// A life is what became of one fault. Times of phases that it did not reach are
// zero.
type life struct {
	name                              string
	impact                            fault.Impact
	delay                             time.Duration
	begin, injected, healing, settled time.Time
}

// enter records a phase of the fault. Its healing counts from the first attempt,
// reached or not.
func (l *life) enter(at time.Time, f *record.Fault) {
	l.name = f.Name
	if len(f.Impact.Marks()) > 0 {
		l.impact = f.Impact
	}
	l.delay = max(l.delay, f.Delay, f.Impact.Delay)
	switch {
	case (f.Phase == record.Healing || f.Phase == record.Healed) && l.healing.IsZero():
		l.healing = at
	case f.Err != "":
	case f.Phase == record.Injected && l.injected.IsZero():
		l.injected = at
	case f.Phase == record.Settled:
		l.settled = at
	}
}

// active tells whether the fault explains what an observation says: it began
// before the end of that, and was not long settled at its beginning.
func (l *life) active(o *record.Observation, linger time.Duration) bool {
	return !o.Ended.Before(l.begin) && (l.settled.IsZero() || !o.Began.After(l.settled.Add(linger)))
}

// there tells whether the fault had begun at that time and was not settled yet.
func (l *life) there(at time.Time) bool {
	return !l.begin.After(at) && (l.settled.IsZero() || l.settled.After(at))
}

// owed is the time in which what the fault breaks has to be noticed: from when
// there is something to see until it begins to be healed. It is empty for a
// fault that was not injected.
func (l *life) owed(end time.Time) (from, until time.Time) {
	if l.injected.IsZero() {
		return end, end
	}
	until = end
	if !l.healing.IsZero() {
		until = l.healing
	}
	return l.injected.Add(l.delay), until
}
