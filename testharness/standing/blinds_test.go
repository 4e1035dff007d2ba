package standing_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/standing"
)

// TestBlinds: what a fault only hides is to be unknown. Who calls it broken alarms
// falsely, and who calls it held is blind himself.
func TestBlinds(t *testing.T) {
	t.Parallel()
	hidden := fault.Impact{Blinds: marks("down")}
	tests := map[string]struct {
		reason string
		impact fault.Impact
		says   said
		want   []string
	}{
		"Unknown": {
			reason: "Nobody can tell.", impact: hidden,
			says: said{unknown: []string{"down"}},
		},
		"Broken": {
			reason: "Nobody can tell that it is broken, either.", impact: hidden,
			says: said{broken: []string{"down/a"}},
			want: []string{"no_false_alarms"},
		},
		"Held": {
			reason: "It was not read.", impact: hidden,
			says: said{unread: []string{"operator->disk"}},
			want: []string{"held_was_read", "faults_are_noticed"},
		},
		"OneHidden": {
			reason: "Of another it can be told.", impact: fault.Impact{Blinds: marks("down/a")},
			says: said{broken: []string{"down/b"}, unknown: []string{"down/a"}},
			want: []string{"no_false_alarms"},
		},
		"MayToo": {
			reason: "It may be broken for another reason.", impact: fault.Impact{Blinds: marks("down"), May: marks("down/b")},
			says: said{broken: []string{"down/b"}, unknown: []string{"down/a"}},
		},
		"Breaks": {
			reason: "What a fault breaks is another thing.", impact: fault.Impact{Breaks: marks("down")},
			says: said{broken: []string{"down/a"}},
		},
		"Everything": {
			reason: "A subject that does not answer says nothing of anything.", impact: fault.Impact{Blinds: marks("*")},
			says: said{broken: []string{"disk"}},
			want: []string{"no_false_alarms"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWriter()
			w.look(said{})
			w.fault(1, record.Injecting, tc.impact)
			w.fault(1, record.Injected, tc.impact)
			for range 8 {
				w.look(tc.says)
			}
			w.fault(1, record.Healing, tc.impact)
			w.fault(1, record.Healed, tc.impact)
			w.fault(1, record.Settled, tc.impact)
			for range 4 {
				w.look(said{})
			}
			r := w.end()
			if diff := cmp.Diff(tc.want, broken(r)); diff != "" {
				t.Errorf("%s (-want +got):\n%s\n%s", tc.reason, diff, dump(standing.Check(r)))
			}
		})
	}
}
