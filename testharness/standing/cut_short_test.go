package standing_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/standing"
)

// TestCutShort: a run that was ended before it was over has not shown that
// everything returns, and has shown nothing else either.
func TestCutShort(t *testing.T) {
	t.Parallel()
	impact := fault.Impact{Breaks: marks("disk")}
	tests := map[string]struct {
		reason string
		cut    record.Cut
		run    func(w *writer)
		want   []string
	}{
		"AtTheHealing": {
			reason: "It was healed because it was over, and nobody looked again.", cut: record.Interrupted,
			run: hurtToTheEnd(impact, 0),
		},
		"NotCut": {
			reason: "Who is not interrupted looks again.",
			run:    hurtToTheEnd(impact, 0),
			want:   []string{"everything_returns"},
		},
		"DueAlready": {
			reason: "It was healed long ago when it was ended.", cut: record.Broken,
			run:  hurtToTheEnd(impact, 10),
			want: []string{"everything_returns"},
		},
		"NotBegun": {
			reason: "There was no time to find anything.", cut: record.OutOfTime,
			run: func(w *writer) { w.look(said{unknown: []string{"disk"}}) },
		},
		"NotBegunNotCut": {
			reason: "There was, and nothing was found.",
			run:    func(w *writer) { w.look(said{unknown: []string{"disk"}}) },
			want:   []string{"everything_returns"},
		},
		"FalseAlarm": {
			reason: "What it has seen before that counts.", cut: record.Interrupted,
			run: func(w *writer) {
				w.look(said{})
				w.look(said{broken: []string{"down/a"}})
			},
			want: []string{"no_false_alarms", "everything_returns"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWriter()
			tc.run(w)
			r := w.end()
			r.CutShort = tc.cut
			if diff := cmp.Diff(tc.want, broken(r)); diff != "" {
				t.Errorf("%s (-want +got):\n%s\n%s", tc.reason, diff, dump(standing.Check(r)))
			}
		})
	}
}

// hurtToTheEnd has a disk be away until it is healed, and so many looks say so
// afterwards.
func hurtToTheEnd(impact fault.Impact, looks int) func(w *writer) {
	return func(w *writer) {
		w.look(said{})
		w.fault(1, record.Injecting, impact)
		w.fault(1, record.Injected, impact)
		for range 6 {
			w.look(said{broken: []string{"disk"}})
		}
		w.fault(1, record.Healing, impact)
		w.fault(1, record.Healed, impact)
		w.fault(1, record.Settled, impact)
		for range looks {
			w.look(said{unknown: []string{"disk"}})
		}
	}
}
