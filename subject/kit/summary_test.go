package kit_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

func TestSummarize(t *testing.T) {
	var (
		declared = []protocol.Invariant{{Name: "node_down", Entity: "node"}, {Name: "over_limit", Entity: "key"}, {Name: "redis_disconnected"}, {Name: "near", Entity: "city"}}
		broken   = func(pairs ...string) (list []protocol.Violation) {
			for i := 0; i < len(pairs); i += 2 {
				list = append(list, protocol.Violation{Invariant: pairs[i], Entity: pairs[i+1]})
			}
			return list
		}
		unknown = func(pairs ...string) (list []protocol.Unchecked) {
			for i := 0; i < len(pairs); i += 2 {
				list = append(list, protocol.Unchecked{Invariant: pairs[i], Entity: pairs[i+1], Source: strconv.Itoa(i)})
			}
			return list
		}
	)
	cases := map[string]struct {
		reason  string
		broken  []protocol.Violation
		unknown []protocol.Unchecked
		want    string
	}{
		"Held":     {reason: "How many were judged.", want: "all 4 invariants held"},
		"One":      {reason: "An entity by its name.", broken: broken("node_down", "node-2"), want: "broken: node_down (node-2)"},
		"AsSuch":   {reason: "The system as a whole has no name.", broken: broken("redis_disconnected", ""), want: "broken: redis_disconnected"},
		"Three":    {reason: "A few are named.", broken: broken("node_down", "a", "node_down", "b", "node_down", "c"), want: "broken: node_down (a, b, c)"},
		"Four":     {reason: "Many are counted, by their kind.", broken: broken("over_limit", "a", "over_limit", "b", "over_limit", "c", "over_limit", "d"), want: "broken: over_limit (4 keys)"},
		"Cities":   {reason: "In English.", broken: broken("near", "a", "near", "b", "near", "c", "near", "d"), want: "broken: near (4 cities)"},
		"NoKind":   {reason: "Even of no kind.", broken: broken("redis_disconnected", "a", "redis_disconnected", "b", "redis_disconnected", "c", "redis_disconnected", "d"), want: "broken: redis_disconnected (4 entities)"},
		"Number":   {reason: "An entity that is a number is no count.", broken: broken("node_down", "4"), want: "broken: node_down (4)"},
		"Both":     {reason: "Broken first, in the order given: worst first.", broken: broken("over_limit", "k", "node_down", "n"), unknown: unknown("node_down", "m", "near", ""), want: "broken: over_limit (k), node_down (n); unknown: node_down (m), near"},
		"Sources":  {reason: "Unknown for two reasons is unknown once.", unknown: unknown("near", "", "near", ""), want: "unknown: near"},
		"Whole":    {reason: "The entities that are named beside the whole.", broken: broken("node_down", "", "node_down", "a"), want: "broken: node_down (a)"},
		"Spaces":   {reason: "Where a name ends is seen.", broken: broken("over_limit", "a, b (c)"), want: `broken: over_limit ("a, b (c)")`},
		"Hostile":  {reason: "Nothing for the terminal, and one line.", broken: broken("over_limit", "\x1b[2J\n", "over_limit", `"`, "over_limit", "\u202e"), want: `broken: over_limit ("\x1b[2J\n", "\"", "\u202e")`},
		"Script":   {reason: "Any script is read as it is.", broken: broken("over_limit", "ключ"), want: `broken: over_limit (ключ)`},
		"Long":     {reason: "A cut is told.", broken: broken("over_limit", strings.Repeat("k", 1<<20)), want: `broken: over_limit ("` + strings.Repeat("k", 48) + `"... (1048576 bytes))`},
		"LongRune": {reason: "No rune is halved.", broken: broken("over_limit", "k"+strings.Repeat("я", 100)), want: `broken: over_limit ("k` + strings.Repeat("я", 23) + `"... (201 bytes))`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, kit.Summarize(declared, tc.broken, tc.unknown)); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// FuzzSummarize: whatever an entity is called, the summary is one bounded line
// that can be shown.
func FuzzSummarize(f *testing.F) {
	for _, e := range []string{"", "a", "\x1b[2J", "\xff", "\u202e", strings.Repeat("\x80", 1000), strings.Repeat("я", 100)} {
		f.Add(e)
	}
	declared := []protocol.Invariant{{Name: "a", Entity: "key"}}
	f.Fuzz(func(t *testing.T, entity string) {
		list := make([]protocol.Violation, 3)
		for i := range list {
			list[i] = protocol.Violation{Invariant: "a", Entity: fmt.Sprint(i) + entity}
		}
		got := kit.Summarize(declared, list, nil)
		if len(got) > 1000 || strings.ContainsFunc(got, func(r rune) bool { return !strconv.IsPrint(r) }) {
			t.Fatalf("%q became %q", entity, got)
		}
	})
}
