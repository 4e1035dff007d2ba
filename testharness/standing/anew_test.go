package standing_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/standing"
)

// TestNoticedAnew: a fault whose harm comes late, while another that hurts the
// same is healed.
func TestNoticedAnew(t *testing.T) {
	t.Parallel()
	const delay = time.Second
	tests := map[string]struct {
		reason string
		other  string
		held   int // observations that hold it after the healing of the other
		want   []string
	}{
		"Soon": {reason: "The registry was stopped: it misses nobody at once.", other: "down", held: 3},
		"Late": {
			reason: "It must miss the node in the end.", other: "down", held: 10,
			want: []string{"faults_are_noticed"},
		},
		"AnotherHarm": {
			reason: "What hurts something else is no excuse.", other: "disk", held: 3,
			want: []string{"faults_are_noticed"},
		},
		"AnotherEntity": {
			reason: "Neither is what hurts another.", other: "down/b", held: 3,
			want: []string{"faults_are_noticed"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWriter()
			first, second := fault.Impact{May: marks(tc.other)}, fault.Impact{Breaks: marks("down/a"), Delay: delay}
			w.look(said{})
			w.fault(1, record.Injecting, first)
			w.fault(1, record.Injected, first)
			w.fault(2, record.Injecting, second)
			w.fault(2, record.Injected, second)
			for range 6 {
				w.look(said{unknown: []string{"down"}})
			}
			w.fault(1, record.Healing, first)
			w.fault(1, record.Healed, first)
			for range tc.held {
				w.look(said{})
			}
			w.look(said{broken: []string{"down/a"}})
			w.fault(2, record.Healing, second)
			w.fault(2, record.Healed, second)
			w.fault(1, record.Settled, first)
			w.fault(2, record.Settled, second)
			for range 3 {
				w.look(said{})
			}
			r := w.end()
			if diff := cmp.Diff(tc.want, broken(r)); diff != "" {
				t.Errorf("%s\nrules broken (-want +got):\n%s\n%s", tc.reason, diff, dump(standing.Check(r)))
			}
		})
	}
}
