package protocol

import (
	"math"
	"slices"
	"sync"
	"time"
)

// MaxTickets is how many open tickets a [Tracker] holds. A violation beyond it
// gets no ticket until there is room; [Tracker.Overflow] counts them.
const MaxTickets = 10_000

// A Tracker turns the instantaneous verdicts of observations into tickets:
//
//	            broken                 broken for the grace period
//	(no ticket) ------> pending ----------------------------> firing
//	                       | held                                | held
//	                       v                                     v
//	                    cleared                               resolved
//
// Unknown moves nothing along any arrow, and stops the clock of the grace
// period until the violation is seen again.
//
// Feed it the observations of one subject in the order in which they were made.
// Its methods may be called concurrently.
type Tracker struct {
	mu         sync.Mutex
	invariants map[string]Invariant
	tickets    map[ticketKey]*openTicket
	overflow   int
}

type ticketKey struct{ invariant, entity string }

type openTicket struct {
	Ticket
	// seen is the time of the last update if that saw the ticket broken, else
	// zero: only the time between two such updates counts as broken.
	seen   time.Time
	broken time.Duration
}

// NewTracker returns a Tracker that applies the grace periods of invariants. A
// violation of an invariant that is not among them fires at once, and stays:
// nobody is known to judge it.
func NewTracker(invariants []Invariant) *Tracker {
	t := &Tracker{tickets: make(map[ticketKey]*openTicket)}
	t.SetInvariants(invariants)
	return t
}

// SetInvariants replaces the declared invariants, as after loading a subject
// anew with another configuration. Open tickets stay.
func (t *Tracker) SetInvariants(invariants []Invariant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.invariants = make(map[string]Invariant, len(invariants))
	for _, inv := range invariants {
		t.invariants[inv.Name] = inv
	}
}

// Update applies an observation and returns what changed, new tickets included,
// worst first. A ticket that both appears and fires at once is one Transition
// from "" to Firing.
func (t *Tracker) Update(o Observation) []Transition {
	t.mu.Lock()
	defer t.mu.Unlock()

	at := o.Time.UTC()
	broken := make(map[ticketKey]bool, len(o.Violations))
	for _, v := range o.Violations {
		broken[ticketKey{v.Invariant, v.Entity}] = true
	}
	unknown := make(map[ticketKey]string, len(o.Unchecked))
	for _, u := range o.Unchecked {
		unknown[ticketKey{u.Invariant, u.Entity}] = u.Reason
	}

	// What is over goes first: it makes room for what is new.
	var changed []Transition
	for key, open := range t.tickets {
		if broken[key] {
			continue
		}
		if reason, ok := t.unjudged(key, unknown); ok {
			open.unsee(at, reason)
			continue
		}
		changed = append(changed, t.close(key, open, at))
	}
	t.overflow = 0
	for _, v := range o.Violations {
		key := ticketKey{v.Invariant, v.Entity}
		if !broken[key] {
			continue // said twice
		}
		broken[key] = false
		if tr, ok := t.see(key, v, at); ok {
			changed = append(changed, tr)
		}
	}
	slices.SortFunc(changed, func(a, b Transition) int { return compareTickets(a.Ticket, b.Ticket) })
	return changed
}

// Missed records that there was no observation at that time, for that reason.
// Every open ticket becomes unknown and otherwise stays as it is.
func (t *Tracker) Missed(at time.Time, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, open := range t.tickets {
		open.unsee(at.UTC(), reason)
	}
}

// Tickets returns the open tickets, worst first.
func (t *Tracker) Tickets() []Ticket {
	t.mu.Lock()
	defer t.mu.Unlock()
	tickets := make([]Ticket, 0, len(t.tickets))
	for _, open := range t.tickets {
		tickets = append(tickets, open.snapshot())
	}
	slices.SortFunc(tickets, compareTickets)
	return tickets
}

// Overflow returns how many violations of the last observation have no ticket
// because [MaxTickets] are open.
func (t *Tracker) Overflow() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.overflow
}

// Restore replaces the open tickets by those that an earlier Tracker's Tickets
// returned, so that a host remembers across its own restarts. Tickets that are
// not open are left out, and so is what is beyond [MaxTickets]. What happened
// meanwhile is unknown: the clock of a grace period goes on with the next
// observation that sees the violation.
func (t *Tracker) Restore(tickets []Ticket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.tickets)
	for _, ticket := range tickets {
		if ticket.State != Pending && ticket.State != Firing || len(t.tickets) == MaxTickets {
			continue
		}
		open := &openTicket{Ticket: ticket.clone()}
		open.ResolvedAt = nil
		open.broken = time.Duration(min(max(0, ticket.BrokenMS), maxBrokenMS)) * time.Millisecond
		t.tickets[ticketKey{ticket.Invariant, ticket.Entity}] = open
	}
}

// maxBrokenMS is the longest time that a time.Duration holds.
const maxBrokenMS = math.MaxInt64 / int64(time.Millisecond)

// see records a violation.
func (t *Tracker) see(key ticketKey, v Violation, at time.Time) (Transition, bool) {
	open, known := t.tickets[key]
	if !known {
		if len(t.tickets) >= MaxTickets {
			t.overflow++
			return Transition{}, false
		}
		open = &openTicket{Ticket: Ticket{Invariant: v.Invariant, Entity: v.Entity, Since: at}}
		t.tickets[key] = open
	}
	if !open.seen.IsZero() {
		// It never shrinks, be the clock set back or so far ahead that it overflows.
		open.broken = max(open.broken, open.broken+at.Sub(open.seen))
	}
	open.seen, open.LastSeen = at, at
	open.Severity, open.Message = v.Severity, v.Message
	open.UnknownSince, open.UnknownReason = nil, ""

	from := open.State
	switch {
	case from == Firing:
	case open.broken >= t.invariants[v.Invariant].Grace:
		open.State, open.FiredAt = Firing, new(at)
	default:
		open.State = Pending
	}
	if open.State == from {
		return Transition{}, false
	}
	return Transition{From: from, To: open.State, At: at, Ticket: open.snapshot()}, true
}

// unjudged tells why a ticket that was not seen broken is not known to be held.
func (t *Tracker) unjudged(key ticketKey, unknown map[ticketKey]string) (reason string, ok bool) {
	if reason, ok = unknown[key]; ok {
		return reason, true
	}
	if reason, ok = unknown[ticketKey{key.invariant, ""}]; ok {
		return reason, true
	}
	// An invariant that the subject no longer declares is judged by nobody.
	if _, declared := t.invariants[key.invariant]; !declared {
		return "the subject does not declare this invariant", true
	}
	return "", false
}

func (t *Tracker) close(key ticketKey, open *openTicket, at time.Time) Transition {
	delete(t.tickets, key)
	from := open.State
	open.State, open.ResolvedAt = Cleared, new(at)
	if from == Firing {
		open.State = Resolved
	}
	open.UnknownSince, open.UnknownReason = nil, ""
	return Transition{From: from, To: open.State, At: at, Ticket: open.snapshot()}
}

func (o *openTicket) unsee(at time.Time, reason string) {
	o.seen = time.Time{}
	if o.UnknownSince == nil {
		o.UnknownSince = new(at)
	}
	o.UnknownReason = reason
}

// snapshot is the caller's own.
func (o *openTicket) snapshot() Ticket {
	ticket := o.clone()
	ticket.BrokenMS = o.broken.Milliseconds()
	return ticket
}
