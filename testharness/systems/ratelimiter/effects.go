package ratelimiter

import (
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
)

// effects puts an impact together.
type effects struct{ impact fault.Impact }

// must says that these invariants break, or cannot be judged, for as long as the
// fault is there.
func (e *effects) must(invariants ...string) {
	for _, name := range invariants {
		e.impact.Breaks = add(e.impact.Breaks, fault.Mark{Invariant: name})
	}
}

// blind says that nobody can tell of these invariants any more, for as long as the
// fault is there, and that nothing is wrong with them.
func (e *effects) blind(invariants ...string) {
	for _, name := range invariants {
		e.impact.Blinds = add(e.impact.Blinds, fault.Mark{Invariant: name})
	}
}

// could says that these invariants may be broken.
func (e *effects) could(invariants ...string) {
	for _, name := range invariants {
		e.impact.May = add(e.impact.May, fault.Mark{Invariant: name})
	}
}

// mustOf, blindOf and couldOf say the same of single entities.
func (e *effects) mustOf(invariant string, entities ...string) {
	for _, entity := range entities {
		e.impact.Breaks = add(e.impact.Breaks, fault.Mark{Invariant: invariant, Entity: entity})
	}
}

func (e *effects) blindOf(invariant string, entities ...string) {
	for _, entity := range entities {
		e.impact.Blinds = add(e.impact.Blinds, fault.Mark{Invariant: invariant, Entity: entity})
	}
}

func (e *effects) couldOf(invariant string, entities ...string) {
	for _, entity := range entities {
		e.impact.May = add(e.impact.May, fault.Mark{Invariant: invariant, Entity: entity})
	}
}

// after says how long it takes until all of that is to be seen.
func (e *effects) after(delay time.Duration) { e.impact.Delay = max(e.impact.Delay, delay) }

// softened is an impact of which nothing must be noticed: of a fault that passes
// by itself, or that may be too weak.
func softened(i fault.Impact) fault.Impact {
	for _, m := range i.Breaks {
		i.May = add(i.May, m)
	}
	i.Breaks, i.Blinds, i.Delay = nil, nil, 0
	return i
}

func add(marks []fault.Mark, m fault.Mark) []fault.Mark {
	if slices.Contains(marks, m) {
		return marks
	}
	return append(marks, m)
}
