package standing_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// TestChanged: what an action has changed has to be seen anew, which takes time.
func TestChanged(t *testing.T) {
	t.Parallel()
	accepted := protocol.Outcome{Status: protocol.OutcomeAccepted}
	tests := map[string]struct {
		reason string
		act    record.Act
		says   said
		want   []string
	}{
		"Unknown": {
			reason: "What was counted before says nothing about a counter that was emptied.",
			act:    record.Act{Entity: "a", Outcome: accepted, Aftermath: time.Minute},
			says:   said{unknown: []string{"down/a"}},
		},
		"PerhapsChanged": {
			reason: "It may have been done, though nobody said so.",
			act:    record.Act{Entity: "a", Aftermath: time.Minute, Err: &protocol.Error{Code: protocol.DeadlineExceeded, Effect: protocol.EffectUnknown}},
			says:   said{unknown: []string{"down/a"}},
		},
		"Another": {
			reason: "Nothing was done to b.",
			act:    record.Act{Entity: "a", Outcome: accepted},
			says:   said{unknown: []string{"down/b"}},
			want:   []string{"everything_returns"},
		},
		"All": {
			reason: "One that was changed is no reason to know nothing of the others.",
			act:    record.Act{Entity: "a", Outcome: accepted},
			says:   said{unknown: []string{"down"}},
			want:   []string{"everything_returns"},
		},
		"NotDone": {
			reason: "An action that surely did nothing makes nothing unknown.",
			act:    record.Act{Entity: "a", Err: &protocol.Error{Code: protocol.Unavailable, Effect: protocol.EffectNone}},
			says:   said{unknown: []string{"down/a"}},
			want:   []string{"everything_returns"},
		},
		"Rehearsed": {
			reason: "Nor does a dry run.",
			act:    record.Act{Entity: "a", Action: protocol.Action{DryRun: true}, Outcome: protocol.Outcome{Status: protocol.OutcomePlanned}},
			says:   said{unknown: []string{"down/a"}},
			want:   []string{"everything_returns"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWriter()
			impact := fault.Impact{May: marks("down/b")}
			w.look(said{})
			w.fault(1, record.Injecting, impact)
			w.fault(1, record.Injected, impact)
			w.look(said{})
			tc.act.Began = w.now
			w.event(record.Event{Act: &tc.act})
			w.wait(interval)
			w.fault(1, record.Healing, impact)
			w.fault(1, record.Healed, impact)
			w.fault(1, record.Settled, impact)
			for range 20 {
				w.look(tc.says)
			}
			if diff := cmp.Diff(tc.want, broken(w.end())); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}
