package standing

import (
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// faultsAreNoticed: each fault is judged by itself, for others can only make more
// unknown. What it breaks, or hides from everybody, has to be noticed by an
// observation that begins within two intervals and the timeout after there is
// something to see. From the first one that notices it every further one has to,
// until somebody begins to heal.
//
// Before the fault's delay is over nothing is owed: what flickers then, as a
// connection dies, is not the fault's breaking yet. Neither is it after an action
// on the very entity that is broken, which may have repaired it. And where another
// fault that hurts the same is healed meanwhile, there is something to see as late
// after that as after the injection: a registry that was stopped counts the lives
// of its entries anew.
func faultsAreNoticed(n *run, f *findings) {
	for _, l := range n.faults {
		for _, m := range l.impact.Breaks {
			n.isNoticed(l, m, "broke", f)
		}
		for _, m := range l.impact.Blinds {
			n.isNoticed(l, m, "hid", f)
		}
	}
}

func (n *run) isNoticed(l *life, m fault.Mark, did string, f *findings) {
	from, until := l.owed(n.End)
	until = n.mended(m, from, until)
	due := from.Add(n.soon())
	anew := n.anew(l, m, until)
	for _, a := range anew {
		if a.end.After(due) {
			due = a.end
		}
	}
	seen, lost := false, false
	for _, o := range n.looks {
		switch {
		case o.Began.Before(from) || o.Ended.After(until):
		case noticed(o, m):
			if !seen && o.Began.After(due) {
				f.on(o, "%q %s %s, to be noticed until %s, and it was at %s only", l.name, did, place(m.Invariant, m.Entity), n.since(due), n.since(o.Began))
			}
			seen, lost = true, false
		case slices.ContainsFunc(anew, func(a span) bool { return a.touches(o) }):
		case seen && !lost:
			lost = true // said once, until it is noticed again
			f.on(o, "%q %s %s and still does, which was noticed and is called held again", l.name, did, place(m.Invariant, m.Entity))
		}
	}
	if !seen && due.Before(until) {
		f.at(due, "%q %s %s at %s, and nobody noticed until %s", l.name, did, place(m.Invariant, m.Entity), n.since(from), n.since(until))
	}
}

// A span is a time from a beginning to an end.
type span struct{ begin, end time.Time }

// touches tells whether some of an observation was made in it.
func (s span) touches(o *record.Observation) bool {
	return !o.Ended.Before(s.begin) && o.Began.Before(s.end)
}

// anew returns the times after others that hurt the same were healed, in which
// what a fault breaks may not be there to be seen yet.
func (n *run) anew(l *life, m fault.Mark, until time.Time) []span {
	var spans []span
	for _, other := range n.faults {
		healing := other.healing
		if other == l || healing.IsZero() || l.injected.IsZero() || !healing.After(l.injected) || !healing.Before(until) {
			continue
		}
		same := func(o fault.Mark) bool {
			return o.Matches(m.Invariant, m.Entity) || m.Matches(o.Invariant, o.Entity)
		}
		if slices.ContainsFunc(other.impact.Marks(), same) {
			spans = append(spans, span{healing, healing.Add(l.delay + n.soon())})
		}
	}
	return spans
}

// mended returns when somebody began to repair what a mark is about, between two
// times; until, if nobody did. A mark without an entity is not one thing that an
// action could repair.
func (n *run) mended(m fault.Mark, from, until time.Time) time.Time {
	for _, a := range n.acts {
		if began := a.what.Began; m.Entity != "" && a.what.Entity == m.Entity && harmless(a.what) == "" && began.After(from) {
			until = minTime(until, began)
		}
	}
	return until
}
