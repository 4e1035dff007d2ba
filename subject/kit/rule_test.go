package kit_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

func TestRules(t *testing.T) {
	declared := []protocol.Invariant{
		{Name: "a", Summary: "s", Entity: "node", Severity: protocol.Critical, Grace: time.Minute},
		{Name: "b", Severity: protocol.Warning, Grace: time.Hour},
		{Name: "c", Severity: protocol.Info, Grace: time.Second},
	}
	if diff := cmp.Diff(kit.Rule{Severity: protocol.Critical, Grace: kit.Duration(time.Minute)}, kit.RuleOf(declared[0])); diff != "" {
		t.Errorf("RuleOf: -want +got:\n%s", diff)
	}
	got := kit.ApplyRules(declared, map[string]kit.Rule{
		"a":      {Severity: protocol.Info, Grace: 0},
		"b":      {Grace: kit.Duration(time.Second)},
		"nosuch": {Severity: protocol.Critical},
	})
	want := []protocol.Invariant{
		{Name: "a", Summary: "s", Entity: "node", Severity: protocol.Info},
		{Name: "b", Severity: protocol.Warning, Grace: time.Second},
		declared[2],
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ApplyRules: -want +got:\n%s", diff)
	}
	if declared[0].Severity != protocol.Critical {
		t.Error("the declaration was changed")
	}
}

// TestRulesRoundTrip: the rules that a declaration amounts to change nothing.
func TestRulesRoundTrip(t *testing.T) {
	rules := make(map[string]kit.Rule)
	for _, inv := range invariants {
		rules[inv.Name] = kit.RuleOf(inv)
	}
	if diff := cmp.Diff(invariants, kit.ApplyRules(invariants, rules)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
