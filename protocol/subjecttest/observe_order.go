package subjecttest

import (
	"fmt"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func observeSourceOrder(_ *Env, _ *Opened, seen []look) error {
	return sameOrder("sources", seen, func(l look) (keys []string) {
		for _, s := range l.Sources {
			keys = append(keys, s.Name)
		}
		return keys
	})
}

func observeStableOrder(_ *Env, _ *Opened, seen []look) error {
	err := sameOrder("violations", seen, func(l look) (keys []string) {
		for _, v := range l.Violations {
			keys = append(keys, v.Invariant+" of "+v.Entity)
		}
		return keys
	})
	if err != nil {
		return err
	}
	return sameOrder("unchecked", seen, func(l look) (keys []string) {
		for _, u := range l.Unchecked {
			keys = append(keys, u.Invariant+" of "+u.Entity)
		}
		return keys
	})
}

// sameOrder compares the order of what two observations have both; what only
// one has may have come or gone.
func sameOrder(what string, seen []look, keysOf func(look) []string) error {
	first := keysOf(seen[0])
	for _, l := range seen[1:] {
		next := keysOf(l)
		before := slices.DeleteFunc(slices.Clone(first), func(k string) bool { return !slices.Contains(next, k) })
		after := slices.DeleteFunc(slices.Clone(next), func(k string) bool { return !slices.Contains(first, k) })
		if !slices.Equal(before, after) {
			return fmt.Errorf("the order of %s was %s and then %s", what, quoted(fmt.Sprint(before)), quoted(fmt.Sprint(after)))
		}
	}
	return nil
}

func observeWorstFirst(_ *Env, _ *Opened, seen []look) error {
	for _, l := range seen {
		if !slices.IsSortedFunc(l.Violations, func(a, b protocol.Violation) int { return a.Severity.Rank() - b.Severity.Rank() }) {
			var order []string
			for _, v := range l.Violations {
				order = append(order, string(v.Severity))
			}
			return fmt.Errorf("the severities of the violations are, in their order, %s", quoted(fmt.Sprint(order)))
		}
	}
	return nil
}
