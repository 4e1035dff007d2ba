package kit

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Verdicts returns the lists of an observation: violations worst first, then
// what could not be judged, in the order of the declaration. The order in which
// entities were reported does not matter.
//
// A list over its bound is cut, and whatever was cut is unknown, so that it is
// neither lost nor taken for held. That goes for an invariant that is broken
// only for entities whose names are too long to be listed, too.
func (j *Judge) Verdicts() ([]protocol.Violation, []protocol.Unchecked) {
	violations, unchecked := []protocol.Violation{}, make([]protocol.Unchecked, 0, len(j.invariants))
	shown, hidden := newBudget(j.limit), newBudget(j.limit)

	// The most severe come first to the bytes that all share.
	order := slices.Clone(j.invariants)
	slices.SortStableFunc(order, func(a, b protocol.Invariant) int {
		return cmp.Compare(a.Severity.Rank(), b.Severity.Rank())
	})
	cut := make(map[string]int)
	for _, inv := range order {
		listed, left := j.cases[inv.Name].violations(inv, shown)
		violations, cut[inv.Name] = append(violations, listed...), left
	}
	for _, inv := range j.invariants {
		unchecked = append(unchecked, j.cases[inv.Name].unchecked(inv, cut[inv.Name], hidden)...)
	}
	return violations, unchecked
}

// violations lists what is broken, worst first, and counts what is not listed.
func (c *invariantCase) violations(inv protocol.Invariant, b *budget) (listed []protocol.Violation, cut int) {
	all := make([]protocol.Violation, 0, len(c.broken))
	for _, v := range c.broken {
		v.Severity = inv.Severity
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b protocol.Violation) int {
		return cmp.Or(cmp.Compare(excess(b), excess(a)), cmp.Compare(a.Entity, b.Entity))
	})
	b.begin()
	for _, v := range all {
		if b.take(len(v.Entity) + len(v.Message) + len(v.Unit)) {
			listed = append(listed, v)
		}
	}
	return listed, len(all) - len(listed)
}

// unchecked lists what is unknown. What is unknown as a whole covers all that
// is not broken, so it stands alone.
func (c *invariantCase) unchecked(inv protocol.Invariant, cut int, b *budget) []protocol.Unchecked {
	var whole []protocol.Unchecked
	for _, u := range c.whole {
		whole = append(whole, u)
	}
	slices.SortFunc(whole, func(a, b protocol.Unchecked) int { return cmp.Compare(a.Source, b.Source) })
	switch {
	case cut > 0 && cut == len(c.broken):
		whole = append(whole, protocol.Unchecked{Invariant: inv.Name, Reason: fmt.Sprintf("broken for %d, whose names are too long to be listed", cut)})
	case cut > 0:
		whole = append(whole, protocol.Unchecked{Invariant: inv.Name, Reason: fmt.Sprintf("broken for %d more, which are not listed", cut)})
	}
	if c.brokenAsSuch(inv) {
		return nil
	}
	if len(whole) == 0 && !c.checked {
		whole = append(whole, protocol.Unchecked{Invariant: inv.Name, Reason: "it was not judged"})
	}
	if len(whole) > 0 {
		return whole
	}
	return c.unknownEntities(inv, b)
}

// brokenAsSuch reports whether the system as a whole breaks an invariant that is
// about nothing smaller: nobody is left for whom it could be unknown.
func (c *invariantCase) brokenAsSuch(inv protocol.Invariant) bool {
	_, broken := c.broken[""]
	return broken && inv.Entity == "" && len(c.broken) == 1 && len(c.unknown) == 0
}

// unknownEntities lists the entities that an invariant is unknown for, or says
// that they are too many, which makes it unknown for all but the broken.
func (c *invariantCase) unknownEntities(inv protocol.Invariant, b *budget) []protocol.Unchecked {
	all := make([]protocol.Unchecked, 0, len(c.unknown))
	for entity, u := range c.unknown {
		if _, broken := c.broken[entity]; !broken {
			all = append(all, u)
		}
	}
	slices.SortFunc(all, func(a, b protocol.Unchecked) int { return cmp.Compare(a.Entity, b.Entity) })
	b.begin()
	for _, u := range all {
		if !b.take(len(u.Entity) + len(u.Reason) + len(u.Source)) {
			return []protocol.Unchecked{{
				Invariant: inv.Name, Source: all[0].Source,
				Reason: fmt.Sprintf("for %d entities, of which one because: %s", len(all), all[0].Reason),
			}}
		}
	}
	return all
}

// excess is how far a violation is from its threshold, on whichever side, for
// putting the worst first. Without numbers it is 0.
func excess(v protocol.Violation) float64 {
	if v.Value == nil || v.Threshold == nil {
		return 0
	}
	distance := math.Abs(*v.Value - *v.Threshold)
	if math.IsNaN(distance) {
		return 0
	}
	return distance
}
