package standing_test

import (
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// story is a run in which a disk is lost and comes back, and an action is carried
// out. Its observations are, by number:
//
//	1-4   all is well
//	5     the fault is there and not seen yet
//	6-9   the disk is broken, and the latency cannot be judged
//	10    there is no observation
//	11    broken still, while it is healed
//	12-15 all is well again
//	16-20 after the action
func story() record.Record {
	w := newWriter()
	w.wait(time.Second)
	for range 4 {
		w.look(said{})
	}
	impact := fault.Impact{Breaks: marks("disk"), May: marks("down/a")}
	w.fault(1, record.Injecting, impact)
	w.fault(1, record.Injected, impact)
	w.look(said{})
	lost := said{broken: []string{"disk"}, unknown: []string{"slow"}, unread: []string{"operator->disk"}, took: 400 * time.Millisecond}
	for range 4 {
		w.look(lost)
	}
	w.host("firing", "disk")
	w.host("unknown", "slow")
	w.look(said{err: &protocol.Error{Code: protocol.Unavailable, Message: "the plugin is gone"}})
	w.fault(1, record.Healing, impact)
	w.fault(1, record.Healed, impact)
	w.look(lost)
	w.event(record.Event{Health: &record.Health{}})
	w.fault(1, record.Settled, impact)
	for range 4 {
		w.look(said{})
	}
	w.host("resolved", "disk")
	w.host("known", "slow")
	w.event(record.Event{Act: &record.Act{
		Began: w.now, Action: protocol.Action{Name: "reset"}, Entity: "key 1", Touched: []string{"key 1"},
		Outcome: protocol.Outcome{Status: protocol.OutcomeAccepted},
	}})
	for range 5 {
		w.look(said{})
	}
	return w.end()
}

// seen returns an observation of a record by its number.
func seen(r *record.Record, number int) *record.Observation {
	for _, e := range r.Events {
		if e.Observation != nil && e.Observation.Number == number {
			return e.Observation
		}
	}
	panic(fmt.Sprint("no observation ", number))
}

// say replaces what an observation says.
func say(r *record.Record, number int, broken, unknown []string) {
	o := seen(r, number)
	o.Observation.Violations, o.Observation.Unchecked = nil, nil
	for _, name := range broken {
		o.Observation.Violations = append(o.Observation.Violations, violation(name))
	}
	for _, name := range unknown {
		v := violation(name)
		o.Observation.Unchecked = append(o.Observation.Unchecked, protocol.Unchecked{Invariant: v.Invariant, Entity: v.Entity, Reason: "not read"})
	}
	track(r)
}
