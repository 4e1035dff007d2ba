package standing_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// TestMended: a fault whose harm somebody repairs before it is healed.
func TestMended(t *testing.T) {
	t.Parallel()
	const mark = "down/a"
	tests := map[string]struct {
		reason string
		act    record.Act
		want   []string
	}{
		"Repaired": {
			reason: "The action was on what is broken, and may have repaired it.",
			act:    record.Act{Entity: "a", Outcome: protocol.Outcome{Status: protocol.OutcomeAccepted}},
		},
		"PerhapsRepaired": {
			reason: "It may have been done, though nobody said so.",
			act:    record.Act{Entity: "a", Err: &protocol.Error{Code: protocol.DeadlineExceeded, Effect: protocol.EffectUnknown}},
		},
		"AnotherRepaired": {
			reason: "Another node is not this one.",
			act:    record.Act{Entity: "b", Outcome: protocol.Outcome{Status: protocol.OutcomeAccepted}},
			want:   []string{"faults_are_noticed"},
		},
		"Rehearsed": {
			reason: "A dry run repairs nothing.",
			act: record.Act{
				Entity: "a", Action: protocol.Action{DryRun: true}, Outcome: protocol.Outcome{Status: protocol.OutcomePlanned},
			},
			want: []string{"faults_are_noticed"},
		},
		"NothingDone": {
			reason: "Nor does an action that found nothing to do.",
			act:    record.Act{Entity: "a", Outcome: protocol.Outcome{Status: protocol.OutcomeUnchanged}},
			want:   []string{"faults_are_noticed"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWriter()
			impact := fault.Impact{Breaks: marks(mark)}
			w.look(said{})
			w.fault(1, record.Injecting, impact)
			w.fault(1, record.Injected, impact)
			w.look(said{broken: []string{mark}})
			tc.act.Began = w.now
			w.event(record.Event{Act: &tc.act})
			w.wait(interval)
			w.look(said{})
			w.fault(1, record.Healing, impact)
			w.fault(1, record.Healed, impact)
			w.fault(1, record.Settled, impact)
			for range 4 {
				w.look(said{})
			}
			if diff := cmp.Diff(tc.want, broken(w.end())); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}
