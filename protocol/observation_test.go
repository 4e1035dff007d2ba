package protocol_test

import (
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestVerdict(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		saw    step
		want   protocol.Verdict
	}{
		"Held":    {"Nothing is in either list.", step{}, protocol.Held},
		"Broken":  {"Something is broken.", step{broken: []string{"down/a"}}, protocol.Broken},
		"Unknown": {"Not knowing is not being fine.", step{unknown: []string{"slow"}}, protocol.Unknown},
		"Both":    {"What is broken is certain, whatever else is not.", step{broken: []string{"down/a"}, unknown: []string{"slow"}}, protocol.Broken},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, tc.reason, tc.want, observe(tc.saw).Verdict())
		})
	}
}

func TestVerdictOn(t *testing.T) {
	t.Parallel()
	saw := observe(step{
		broken:  []string{"down/a", "offline", "drift/a"},
		unknown: []string{"down/b", "slow", "drift"},
	})
	tests := map[string]struct {
		reason            string
		invariant, entity string
		want              protocol.Verdict
	}{
		"BrokenEntity":       {"It is listed.", "down", "a", protocol.Broken},
		"UnknownEntity":      {"It is listed as unchecked.", "down", "b", protocol.Unknown},
		"OtherEntity":        {"Neither list has it: it was checked and held.", "down", "c", protocol.Held},
		"AnyEntity":          {"Asked of no entity, one that is broken is enough.", "down", "", protocol.Broken},
		"WholeSystem":        {"An invariant without entities.", "offline", "", protocol.Broken},
		"UncheckedForAll":    {"Unchecked without an entity is so for every entity.", "slow", "z", protocol.Unknown},
		"UncheckedAsSuch":    {"And for the invariant as such.", "slow", "", protocol.Unknown},
		"BrokenButUnchecked": {"Every entity but those that were seen broken.", "drift", "a", protocol.Broken},
		"UncheckedOthers":    {"The others are unknown.", "drift", "b", protocol.Unknown},
		"Unmentioned":        {"An invariant in neither list held.", "cool", "", protocol.Held},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, tc.reason, tc.want, saw.VerdictOn(tc.invariant, tc.entity))
		})
	}
	compare(t, "what came with an error is no observation", protocol.Unknown, protocol.Observation{}.Verdict())
	unknownEntity := observe(step{unknown: []string{"down/b"}})
	compare(t, "asked of no entity, one that is unknown is enough", protocol.Unknown, unknownEntity.VerdictOn("down", ""))
}
