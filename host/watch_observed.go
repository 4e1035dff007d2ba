package host

import (
	"cmp"
	"maps"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// observed reports what an observation changed.
func (w *watch) observed(o protocol.Observation) {
	if w.failing != "" {
		w.failing, w.verdict = "", ""
		w.add(Event{Time: o.Time, Type: EventObservationRecovered, Message: "there are observations again"})
	}
	o, closing := w.doubts.apply(o, w.def)
	w.overall(o)
	for _, t := range w.tracker.Update(o) {
		key := ticketKey{t.Ticket.Invariant, t.Ticket.Entity}
		e := Event{
			Time: t.At, Type: EventType(t.To), From: t.From, Ticket: &t.Ticket,
			Invariant: t.Ticket.Invariant, Entity: t.Ticket.Entity, Severity: t.Ticket.Severity, Message: t.Ticket.Message,
		}
		e.AfterRestart = closing[key]
		w.add(e)
	}
	w.unjudged(o)
}

// overall reports the observation as a whole.
func (w *watch) overall(o protocol.Observation) {
	verdict := o.Verdict()
	if verdict == w.verdict && !w.opts.All {
		return
	}
	w.verdict = verdict
	w.add(Event{
		Time: o.Time, Type: EventObservation, Verdict: verdict, Message: o.Summary,
		Broken: new(len(o.Violations)), Unknown: new(len(o.Unchecked)),
	})
}

// unjudged reports what became unknown, and what no longer is.
func (w *watch) unjudged(o protocol.Observation) {
	now := make(map[ticketKey]protocol.Unchecked, len(o.Unchecked))
	partly := make(map[string]bool) // invariants that are unknown for some entity
	for _, u := range o.Unchecked {
		key := ticketKey{u.Invariant, u.Entity}
		if _, twice := now[key]; twice {
			continue
		}
		now[key], partly[u.Invariant] = u, true
		if _, before := w.unknown[key]; !before {
			w.addJudgement(o, Event{Type: EventUnknown, Source: u.Source, Message: u.Reason, Verdict: protocol.Unknown}, key)
		}
	}
	broken := make(map[string]bool, len(o.Violations)) // invariants
	exact := make(map[ticketKey]bool, len(o.Violations))
	for _, v := range o.Violations {
		broken[v.Invariant], exact[ticketKey{v.Invariant, v.Entity}] = true, true
	}
	for _, key := range slices.SortedFunc(maps.Keys(w.unknown), compareKeys) {
		if _, still := now[key]; still {
			continue
		}
		verdict := protocol.Held
		switch _, all := now[ticketKey{key.invariant, ""}]; {
		case exact[key] || key.entity == "" && broken[key.invariant]:
			verdict = protocol.Broken
		case all || key.entity == "" && partly[key.invariant]:
			continue // unknown still: along with every other entity, or for some
		}
		w.addJudgement(o, Event{Type: EventKnown, Verdict: verdict}, key)
	}
	w.unknown = now
}

func (w *watch) addJudgement(o protocol.Observation, e Event, key ticketKey) {
	e.Time, e.Invariant, e.Entity = o.Time, key.invariant, key.entity
	if inv, ok := w.def.Invariant(key.invariant); ok {
		e.Severity = inv.Severity
	}
	w.add(e)
}

func compareKeys(a, b ticketKey) int {
	return cmp.Or(cmp.Compare(a.invariant, b.invariant), cmp.Compare(a.entity, b.entity))
}
