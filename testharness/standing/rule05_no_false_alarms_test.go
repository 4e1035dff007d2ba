package standing_test

import (
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// TestNoFalseAlarms: nothing is called broken that nothing explains.
func TestNoFalseAlarms(t *testing.T) {
	t.Parallel()
	spoilAll(t, map[string]spoiling{
		"FalseAlarm": {
			reason: "No fault explains that another thing is broken.",
			spoil:  func(r *record.Record) { say(r, 7, []string{"disk", "down/b"}, []string{"slow"}) },
			want:   []string{"no_false_alarms"},
		},
		"ExplainedAlarm": {
			reason: "The fault may do that too.",
			spoil:  func(r *record.Record) { say(r, 7, []string{"disk", "down/a"}, []string{"slow"}) },
		},
		"AlarmInHealthyTimes": {
			reason: "Before any fault nothing is broken.",
			spoil:  func(r *record.Record) { say(r, 1, []string{"disk"}, nil) },
			want:   []string{"no_false_alarms"},
		},
		"ExpectedAlarm": {
			reason: "A step of the scenario expects it.",
			spoil: func(r *record.Record) {
				say(r, 1, []string{"down/b"}, nil)
				r.Events = append([]record.Event{{At: r.Begin, Step: &record.Step{Number: 1, Expects: marks("down/b")}}}, r.Events...)
			},
		},
		"ExpectedOnlyUntilSettled": {
			reason: "What a step expected is over when its fault has settled.",
			spoil: func(r *record.Record) {
				say(r, 15, []string{"disk"}, nil)
				r.Events = append([]record.Event{{At: r.Begin, Step: &record.Step{Number: 1, Expects: marks("disk")}}}, r.Events...)
			},
			want: []string{"no_false_alarms", "everything_returns"},
		},
		"AllowedAtAnyTime": {
			reason: "The scenario allows it.",
			spoil: func(r *record.Record) {
				r.Allow = []fault.Mark{{Invariant: "down", Entity: "b"}}
				say(r, 18, []string{"down/b"}, nil)
			},
		},
	})
}
