package standing_test

import (
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// TestFaultsAreNoticed: what a fault breaks is noticed, and stays so.
func TestFaultsAreNoticed(t *testing.T) {
	t.Parallel()
	spoilAll(t, map[string]spoiling{
		"NotNoticed": {
			reason: "The disk is away and called held, all the time.",
			spoil: func(r *record.Record) {
				r.Timeout = 0
				for n := 6; n <= 11; n++ {
					heal(r, n)
				}
			},
			want: []string{"faults_are_noticed"},
		},
		"NoticedByNobody": {
			reason: "Where nobody looked nobody noticed.",
			spoil: func(r *record.Record) {
				r.Timeout = 0
				r.Events = without(r.Events, 5, 11)
				track(r)
			},
			want: []string{"faults_are_noticed"},
		},
		"Flaps": {
			reason: "The disk is away still, and called held again.",
			spoil:  func(r *record.Record) { heal(r, 8) },
			want:   []string{"faults_are_noticed"},
		},
		"NotDueYet": {
			reason: "What takes its time to be seen is not owed before.",
			spoil: func(r *record.Record) {
				for _, e := range r.Events {
					if e.Fault != nil {
						e.Fault.Delay = time.Minute
					}
				}
				heal(r, 6)
				heal(r, 8)
			},
		},
	})
}

// heal has an observation say that all is well.
func heal(r *record.Record, number int) {
	o := seen(r, number)
	o.Read["operator->disk"] = 7
	if o.Err != nil {
		o.Err, o.Observation = nil, seen(r, 1).Observation
		o.Observation.Time = o.Began
	}
	say(r, number, nil, nil)
}

// without leaves out the observations from one number to another.
func without(events []record.Event, from, to int) []record.Event {
	var rest []record.Event
	for _, e := range events {
		if o := e.Observation; o == nil || o.Number < from || o.Number > to {
			rest = append(rest, e)
		}
	}
	return rest
}
