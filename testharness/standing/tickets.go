package standing

import (
	"cmp"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// key is what a ticket is about.
type key struct{ invariant, entity string }

func (k key) String() string { return place(k.invariant, k.entity) }

// keys are the open tickets, as the contract has them: one that was seen broken
// is open until an observation holds it.
type keys map[key]bool

// next applies an observation and returns what it closed and what it opened.
func (open keys) next(o *record.Observation, declared map[string]protocol.Invariant) (closed, opened keys) {
	closed, opened = keys{}, keys{}
	if blind(o) {
		return closed, opened
	}
	broken := keys{}
	for _, v := range o.Observation.Violations {
		broken[key{v.Invariant, v.Entity}] = true
	}
	unknown := keys{}
	for _, u := range o.Observation.Unchecked {
		unknown[key{u.Invariant, u.Entity}] = true
	}
	for k := range open {
		_, judged := declared[k.invariant]
		if judged && !broken[k] && !unknown[k] && !unknown[key{k.invariant, ""}] {
			closed[k] = true
			delete(open, k)
		}
	}
	for k := range broken {
		if !open[k] {
			opened[k] = true
			open[k] = true
		}
	}
	return closed, opened
}

// without returns what is in one and not in the others, in order.
func (open keys) without(others keys) []key {
	var rest []key
	for k := range open {
		if !others[k] {
			rest = append(rest, k)
		}
	}
	slices.SortFunc(rest, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.invariant, b.invariant), cmp.Compare(a.entity, b.entity))
	})
	return rest
}
