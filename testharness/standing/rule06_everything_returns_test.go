package standing_test

import (
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// TestEverythingReturns: after the healing all is held again, and stays so.
func TestEverythingReturns(t *testing.T) {
	t.Parallel()
	spoilAll(t, map[string]spoiling{
		"DoesNotReturn": {
			reason: "Healed, and unknown for ever.",
			spoil: func(r *record.Record) {
				for n := 12; n <= 20; n++ {
					say(r, n, nil, []string{"slow"})
				}
				r.Timeout = 0
			},
			want: []string{"everything_returns"},
		},
		"ReturnsLate": {
			reason: "Two intervals and the timeout are over.",
			spoil: func(r *record.Record) {
				r.Timeout = 100 * time.Millisecond
				for n := 12; n <= 14; n++ {
					say(r, n, nil, []string{"slow"})
				}
			},
			want: []string{"everything_returns"},
		},
		"DoesNotStay": {
			reason: "It was held again, and is unknown without a fault.",
			spoil:  func(r *record.Record) { say(r, 14, nil, []string{"slow/a"}) },
			want:   []string{"everything_returns"},
		},
		"UnknownInHealthyTimes": {
			reason: "All was held, and nothing happened since.",
			spoil:  func(r *record.Record) { say(r, 3, nil, []string{"slow/a"}) },
			want:   []string{"everything_returns"},
		},
		"FailsInHealthyTimes": {
			reason: "An observation that fails without a fault.",
			spoil: func(r *record.Record) {
				seen(r, 14).Err = &protocol.Error{Code: protocol.Internal, Message: "a bug"}
				track(r)
			},
			want: []string{"everything_returns"},
		},
		"NeverSettles": {
			reason: "The system was never found healthy again.",
			spoil: func(r *record.Record) {
				for i, e := range r.Events {
					if e.Fault != nil && e.Fault.Phase == record.Settled {
						r.Events[i].Fault.Err = "still unwell"
					}
				}
			},
			want: []string{"everything_returns"},
		},
		"SettlesBesideAnother": {
			reason: "As long as another fault is there nothing has to be held.",
			spoil: func(r *record.Record) {
				other := fault.Impact{Breaks: marks("slow")}
				add := func(at time.Time, phase record.Phase) {
					r.Events = append(r.Events, record.Event{At: at, Fault: &record.Fault{ID: 2, Name: "fault 2", Phase: phase, Impact: other}})
				}
				r.Timeout = 100 * time.Millisecond
				add(seen(r, 8).Began, record.Injecting)
				add(seen(r, 8).Began, record.Injected)
				for n := 12; n <= 14; n++ {
					say(r, n, nil, []string{"slow"})
				}
				add(seen(r, 14).Ended, record.Healing)
				add(seen(r, 14).Ended, record.Settled)
			},
		},
	})
}
