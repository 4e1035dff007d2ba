package standing_test

import (
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/standing"
)

// TestReturnedInTime: an observation may not return after its deadline.
func TestReturnedInTime(t *testing.T) {
	t.Parallel()
	spoilAll(t, map[string]spoiling{
		"Late": {
			reason: "An observation may not return after its deadline, whatever hangs.",
			spoil:  func(r *record.Record) { o := seen(r, 7); o.Deadline = o.Ended.Add(-standing.Slack - time.Millisecond) },
			want:   []string{"returned_in_time"},
		},
		"WithinSlack": {
			reason: "The machine's own noise is not the subject's.",
			spoil:  func(r *record.Record) { o := seen(r, 7); o.Deadline = o.Ended.Add(-standing.Slack) },
		},
	})
}
