package standing_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/standing"
)

// TestWitnessed: what the system itself found broken is no fault of the subject's.
func TestWitnessed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason    string
		witnessed []string
		want      []string
	}{
		"Witnessed": {reason: "It was slow, on a machine that is too busy.", witnessed: []string{"slow/a"}},
		"Nobody":    {reason: "It was not.", want: []string{"no_false_alarms", "everything_returns"}},
		"Another": {
			reason: "Another node was.", witnessed: []string{"slow/b"},
			want: []string{"no_false_alarms", "everything_returns"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWriter()
			for range 3 {
				w.look(said{})
			}
			for range 2 {
				w.look(said{broken: []string{"slow/a"}})
			}
			for range 3 {
				w.look(said{})
			}
			r := w.end()
			for _, o := range []*record.Observation{seen(&r, 4), seen(&r, 5)} {
				o.Witnessed = marks(tc.witnessed...)
			}
			if diff := cmp.Diff(tc.want, broken(r)); diff != "" {
				t.Errorf("%s\nrules broken (-want +got):\n%s\n%s", tc.reason, diff, dump(standing.Check(r)))
			}
		})
	}
}
