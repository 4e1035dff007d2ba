package protocol

import (
	"cmp"
	"slices"
	"time"
)

// A Ticket is one broken invariant for one entity, over time.
type Ticket struct {
	Invariant string   `json:"invariant"`
	Entity    string   `json:"entity,omitempty"`
	Severity  Severity `json:"severity"`
	// Message is the latest violation's.
	Message string      `json:"message"`
	State   TicketState `json:"state"`
	// Since is when it was first seen broken.
	Since time.Time `json:"since"`
	// LastSeen is when it was last seen broken.
	LastSeen time.Time `json:"last_seen"`
	// BrokenMS is how long it has been watched being broken, in milliseconds:
	// the time between observations that both said so. Time in which it was
	// unknown does not count.
	BrokenMS int64 `json:"broken_ms"`
	// FiredAt is when its grace period was over, nil while pending.
	FiredAt *time.Time `json:"fired_at,omitempty"`
	// ResolvedAt is when it was seen held again.
	ResolvedAt *time.Time `json:"resolved_at,omitempty"`
	// UnknownSince is when it could no longer be judged, nil while it can.
	UnknownSince *time.Time `json:"unknown_since,omitempty"`
	// UnknownReason says why it cannot be judged.
	UnknownReason string `json:"unknown_reason,omitempty"`
}

// clone returns a copy that shares nothing with t.
func (t Ticket) clone() Ticket {
	t.FiredAt, t.ResolvedAt, t.UnknownSince = clone(t.FiredAt), clone(t.ResolvedAt), clone(t.UnknownSince)
	return t
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	return new(*p)
}

// TicketState is where a ticket is in its life.
type TicketState string

// The states. A pending ticket that is seen held again is cleared: nobody was
// told of it. A firing one is resolved.
const (
	Pending  TicketState = "pending"
	Firing   TicketState = "firing"
	Resolved TicketState = "resolved"
	Cleared  TicketState = "cleared"
)

// A Transition is a ticket that changed its state.
type Transition struct {
	// From is the state before, empty for a new ticket.
	From TicketState `json:"from,omitempty"`
	// To is the state now, Ticket.State.
	To TicketState `json:"to"`
	// At is the time of the observation that made the change.
	At time.Time `json:"at"`
	// Ticket is the ticket after the change.
	Ticket Ticket `json:"ticket"`
}

// compareTickets orders the worst first: by severity, firing before pending,
// then by invariant and entity.
func compareTickets(a, b Ticket) int {
	return cmp.Or(
		cmp.Compare(a.Severity.Rank(), b.Severity.Rank()),
		cmp.Compare(stateRank(a.State), stateRank(b.State)),
		cmp.Compare(a.Invariant, b.Invariant),
		cmp.Compare(a.Entity, b.Entity),
	)
}

func stateRank(s TicketState) int {
	return slices.Index([]TicketState{Firing, Pending, Resolved, Cleared}, s)
}
