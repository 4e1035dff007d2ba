package standing

import (
	"fmt"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// everythingReturns judges the quiet times of a run: from when the last of the
// faults has settled until the next begins. In each an observation that begins
// within two intervals and the timeout holds everything, with no ticket open,
// and from then on all do. The time before the first fault is such a time, but
// that nobody knows how long a new system needs; it only has to stay held once
// it was. A run without faults has to have been held, unless it was cut short.
//
// A quiet time ends early with an action, or with a step that expects something
// to be wrong: somebody is at work then. After the action another begins, in which
// what it has changed may be unknown for its aftermath, but not broken: what was
// counted before says nothing.
func everythingReturns(n *run, f *findings) {
	for _, l := range n.faults {
		if l.settled.IsZero() {
			f.at(n.End, "the system was not found healthy again after %q, so what came of it was not seen", l.name)
		}
	}
	first := n.undisturbed(n.Begin)
	if n.returned(n.Begin, first, f).IsZero() && len(n.faults) == 0 && first.Equal(n.End) && n.CutShort == "" {
		f.at(n.End, "no observation held everything, and there was no fault")
	}
	for _, q := range n.quiet() {
		end := n.undisturbed(q.begin)
		back := n.returned(q.begin, end, f)
		switch {
		case back.After(q.due):
			f.at(q.due, "everything was to be held again until %s, and was at %s only%s", n.since(q.due), n.since(back), n.wrong(q.begin, q.due))
		case back.IsZero() && (q.due.Before(end) || q.atOnce && end.Equal(n.End) && n.CutShort == ""):
			f.at(minTime(q.due, end), "everything was to be held again, from %s on, and was not until %s%s", n.since(q.begin), n.since(end), n.wrong(q.begin, end))
		}
	}
}

// A quietTime is one in which nobody hurts the system.
type quietTime struct {
	// begin is when it begins, and due until when an observation has to hold
	// everything.
	begin, due time.Time
	// atOnce: the run has to go on until one does.
	atOnce bool
}

// quiet returns the quiet times: from when a fault has settled and no other is
// there, and from when an action was done and nothing is expected of it.
func (n *run) quiet() []quietTime {
	var all []quietTime
	for _, l := range n.faults {
		// Those that overlap settle one after the other in the record: the last counts.
		begins := func(q quietTime) bool { return q.begin.Equal(l.settled) }
		if l.settled.IsZero() || n.hurtAt(l.settled) || slices.ContainsFunc(all, begins) {
			continue
		}
		all = append(all, quietTime{begin: l.settled, due: l.settled.Add(n.soon()), atOnce: true})
	}
	for _, a := range n.acts {
		if n.hurtAt(a.time) || n.expectingAt(a.time) {
			continue
		}
		q := quietTime{begin: a.time, due: a.time.Add(n.soon())}
		if a.what.Changed() {
			q.due = n.settles(a)
		}
		all = append(all, q)
	}
	return all
}

// hurtAt tells whether a fault was there at that time and did not settle then.
func (n *run) hurtAt(at time.Time) bool {
	return slices.ContainsFunc(n.faults, func(l *life) bool { return l.there(at) })
}

// expectingAt tells whether a step expects something to be wrong at that time.
func (n *run) expectingAt(at time.Time) bool {
	return slices.ContainsFunc(n.expects, func(e expected) bool {
		return !e.from.After(at) && (e.until.IsZero() || e.until.After(at))
	})
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
