package standing

import (
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// everythingReturns judges the quiet times of a run: from when the last of the
// faults has settled until the next begins. In each an observation that begins
// within two intervals and the timeout holds everything, with no ticket open,
// and from then on all do. The time before the first fault is such a time, but
// that nobody knows how long a new system needs; it only has to stay held once
// it was. A run without faults has to have been held.
//
// A quiet time ends early with an action, or with a step that expects something
// to be wrong: somebody is at work then. What an action has changed may be
// unknown from then on, but not broken: what was counted before says nothing.
func everythingReturns(n *run, f *findings) {
	for _, l := range n.faults {
		if l.settled.IsZero() {
			f.at(n.End, "the system was not found healthy again after %q, so what came of it was not seen", l.name)
		}
	}
	first := n.undisturbed(n.Begin)
	if n.returned(n.Begin, first, f).IsZero() && len(n.faults) == 0 && first.Equal(n.End) {
		f.at(n.End, "no observation held everything, and there was no fault")
	}
	for _, begin := range n.quiet() {
		end := n.undisturbed(begin)
		due := begin.Add(n.soon())
		back := n.returned(begin, end, f)
		switch {
		case back.After(due):
			f.at(due, "everything was to be held again until %s, and was at %s only%s", n.since(due), n.since(back), n.wrong(begin, due))
		case back.IsZero() && (due.Before(end) || end.Equal(n.End)):
			f.at(minTime(due, end), "everything was to be held again, from %s on, and was not until %s%s", n.since(begin), n.since(end), n.wrong(begin, end))
		}
	}
}

// quiet returns when the quiet times begin: when a fault has settled and no
// other is there.
func (n *run) quiet() []time.Time {
	var begins []time.Time
	for _, l := range n.faults {
		if l.settled.IsZero() {
			continue
		}
		quiet := true
		for _, other := range n.faults {
			// Those that overlap settle one after the other in the record: the last counts.
			quiet = quiet && !other.there(l.settled)
		}
		for _, begin := range begins {
			quiet = quiet && !begin.Equal(l.settled)
		}
		if quiet {
			begins = append(begins, l.settled)
		}
	}
	return begins
}

// undisturbed returns when a quiet time ends that begins then.
func (n *run) undisturbed(begin time.Time) time.Time {
	end := n.End
	for _, l := range n.faults {
		if l.begin.After(begin) {
			end = minTime(end, l.begin)
		}
	}
	for _, a := range n.acts {
		if a.what.Began.After(begin) {
			end = minTime(end, a.what.Began)
		}
	}
	for _, e := range n.expects {
		if e.from.After(begin) {
			end = minTime(end, e.from)
		}
	}
	return end
}

// returned returns when the first observation of a quiet time that holds
// everything began, zero if none does, and finds those after it that do not.
func (n *run) returned(begin, end time.Time, f *findings) time.Time {
	var back time.Time
	var lasting streak[string]
	for _, o := range n.looks {
		lasting.next()
		if o.Began.Before(begin) || o.Ended.After(end) {
			continue
		}
		switch problem := n.notWell(o); {
		case problem == "" && back.IsZero():
			back = o.Began
		case problem != "" && !back.IsZero() && lasting.begins(problem):
			f.on(o, "everything was held before, there is no fault, and now %s", problem)
		}
	}
	return back
}

// wrong says what the last observation of a time says is wrong.
func (n *run) wrong(begin, end time.Time) string {
	problem := ""
	for _, o := range n.looks {
		if !o.Began.Before(begin) && !o.Ended.After(end) {
			if p := n.notWell(o); p != "" {
				problem = fmt.Sprintf(" (observation %d: %s)", o.Number, p)
			}
		}
	}
	return problem
}

// notWell returns what an observation does not hold, or which ticket is open
// after it, or "".
func (n *run) notWell(o *record.Observation) string {
	if blind(o) {
		return fmt.Sprintf("there is no observation: %.200q", o.Err.Error())
	}
	for _, v := range o.Accusing().Violations {
		if !n.tolerates(v.Invariant, v.Entity) {
			return place(v.Invariant, v.Entity) + " is broken"
		}
	}
	for _, u := range o.Observation.Unchecked {
		if !n.tolerates(u.Invariant, u.Entity) && !n.changed(o, u.Entity) {
			return fmt.Sprintf("%s is unknown: %.200q", place(u.Invariant, u.Entity), u.Reason)
		}
	}
	for _, t := range o.Tickets {
		if n.changed(o, t.Entity) && o.Observation.VerdictOn(t.Invariant, t.Entity) == protocol.Unknown {
			continue // it may not be closed before that is known
		}
		if !n.tolerates(t.Invariant, t.Entity) && !o.IsWitnessed(t.Invariant, t.Entity) {
			return fmt.Sprintf("the ticket for %s is still open", place(t.Invariant, t.Entity))
		}
	}
	if o.Observation.Time.IsZero() {
		return "the observation has no time: it is " + string(protocol.Unknown)
	}
	return ""
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
