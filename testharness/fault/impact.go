package fault

import (
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A Mark is a verdict's place: an invariant, for one entity or for any.
type Mark struct {
	// Invariant is the name of the invariant; "*" is every one.
	Invariant string `json:"invariant"`
	// Entity is what it is about; empty stands for every entity, and for the
	// invariant as such.
	Entity string `json:"entity,omitempty"`
}

// Matches tells whether a verdict on an invariant and an entity is at the mark.
func (m Mark) Matches(invariant, entity string) bool {
	return (m.Invariant == "*" || m.Invariant == invariant) && (m.Entity == "" || m.Entity == entity)
}

// String renders the mark as people write it: "node_down of node-2".
func (m Mark) String() string {
	if m.Entity == "" {
		return m.Invariant
	}
	return m.Invariant + " of " + m.Entity
}

// An Impact is what a fault does to the invariants of the system that it hurts.
// It is declared by who knows both, and checked against what is observed: what
// must be noticed and is not is a blind spot, and what is reported without being
// declared is a false alarm.
type Impact struct {
	// Breaks must each be reported broken or unknown, for as long as the fault
	// is there, from soon after it was injected.
	Breaks []Mark `json:"breaks,omitempty"`
	// Blinds must each be noticed in the same way, and nothing is wrong with them:
	// nobody can tell any more. They are to be unknown, and to call one of them
	// broken is a false alarm, unless another fault or May allows it.
	Blinds []Mark `json:"blinds,omitempty"`
	// May be reported broken too, as a consequence or for a moment.
	May []Mark `json:"may,omitempty"`
	// Delay is how much longer than usual it can take until there is anything to
	// see, such as the life of a dead node's registration.
	Delay time.Duration `json:"-"`
}

// Owed are the marks that must be noticed: those that break, and those of which
// nobody can tell.
func (i Impact) Owed() []Mark { return slices.Concat(i.Breaks, i.Blinds) }

// Marks are all of them.
func (i Impact) Marks() []Mark { return slices.Concat(i.Breaks, i.Blinds, i.May) }

// Allows tells whether a violation is one that the fault explains. What it only
// blinds somebody to is none.
func (i Impact) Allows(v protocol.Violation) bool {
	for _, marks := range [][]Mark{i.Breaks, i.May} {
		for _, m := range marks {
			if m.Matches(v.Invariant, v.Entity) {
				return true
			}
		}
	}
	return false
}

// Noticed tells whether an observation reports the mark as broken or unknown. A
// mark without an entity is noticed where its invariant is not wholly held, and
// one of every invariant where not all are held.
func (m Mark) Noticed(o protocol.Observation) bool {
	if m.Invariant == "*" {
		return o.Verdict() != protocol.Held
	}
	return o.VerdictOn(m.Invariant, m.Entity) != protocol.Held
}
