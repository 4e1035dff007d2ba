package standing_test

import (
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// TestEveryLookIsNew: an observation is of now.
func TestEveryLookIsNew(t *testing.T) {
	t.Parallel()
	spoilAll(t, map[string]spoiling{
		"ToldAgain": {
			reason: "The last observation is returned once more.",
			spoil: func(r *record.Record) {
				seen(r, 3).Observation.Time = seen(r, 2).Observation.Time
				track(r)
			},
			want: []string{"every_look_is_new"},
		},
		"Stale": {
			reason: "An observation of long ago.",
			spoil: func(r *record.Record) {
				o := seen(r, 13)
				o.Observation.Time = o.Began.Add(-1100 * time.Millisecond)
				track(r)
			},
			want: []string{"every_look_is_new"},
		},
		"NoTime": {
			reason: "An observation without a time was never made.",
			spoil: func(r *record.Record) {
				seen(r, 15).Observation.Time = time.Time{}
				track(r)
			},
			want: []string{"everything_returns", "every_look_is_new"},
		},
	})
}
