package standing

import (
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// A run is a record, sorted by what the rules ask for.
type run struct {
	record.Record

	looks    []*record.Observation
	faults   []*life
	acts     []at[*record.Act]
	usages   []at[*record.Usage]
	hosts    []at[*record.Host]
	expects  []expected
	declared map[string]protocol.Invariant
}

// at is something that happened, with the moment when it was over.
type at[T any] struct {
	time time.Time
	what T
}

// expected are verdicts that a step expects, for as long as it may.
type expected struct {
	from, until time.Time // until is zero if that is to the end
	marks       []fault.Mark
}

func prepare(r record.Record) *run {
	n := &run{Record: r, declared: make(map[string]protocol.Invariant, len(r.Invariants))}
	for _, inv := range r.Invariants {
		n.declared[inv.Name] = inv
	}
	if last := len(r.Events) - 1; n.End.IsZero() && last >= 0 {
		n.End = r.Events[last].At // the run goes on, or was cut short
	}
	lives := make(map[int]*life)
	for _, e := range r.Events {
		switch {
		case e.Observation != nil:
			n.looks = append(n.looks, e.Observation)
		case e.Fault != nil:
			l, known := lives[e.Fault.ID]
			if !known {
				l = &life{begin: e.At}
				lives[e.Fault.ID] = l
				n.faults = append(n.faults, l)
			}
			l.enter(e.At, e.Fault)
			if e.Fault.Phase == record.Settled && e.Fault.Err == "" {
				n.expectNoMore(e.At)
			}
		case e.Act != nil:
			n.acts = append(n.acts, at[*record.Act]{e.At, e.Act})
		case e.Usage != nil:
			n.usages = append(n.usages, at[*record.Usage]{e.At, e.Usage})
		case e.Host != nil:
			n.hosts = append(n.hosts, at[*record.Host]{e.At, e.Host})
		case e.Step != nil && len(e.Step.Expects) > 0:
			n.expects = append(n.expects, expected{from: e.At, marks: e.Step.Expects})
		}
	}
	return n
}

// expectNoMore ends what was expected so far.
func (n *run) expectNoMore(settled time.Time) {
	for i := range n.expects {
		if n.expects[i].until.IsZero() {
			n.expects[i].until = settled.Add(n.linger())
		}
	}
}

// linger is how long after a fault has settled its traces may still be told.
func (n *run) linger() time.Duration { return 2 * n.Interval }

// soon is how long it may take until an observation tells of a change.
func (n *run) soon() time.Duration { return 2*n.Interval + n.Timeout }

// tolerates tells whether the scenario allows a verdict other than held at any
// time.
func (n *run) tolerates(invariant, entity string) bool {
	return matches(n.Allow, invariant, entity)
}

// expecting tells whether a step of the scenario expects a verdict other than
// held of an observation.
func (n *run) expecting(o *record.Observation, invariant, entity string) bool {
	for _, e := range n.expects {
		if !o.Ended.Before(e.from) && (e.until.IsZero() || !o.Began.After(e.until)) && matches(e.marks, invariant, entity) {
			return true
		}
	}
	return false
}

func matches(marks []fault.Mark, invariant, entity string) bool {
	for _, m := range marks {
		if m.Matches(invariant, entity) {
			return true
		}
	}
	return false
}

// blind tells whether an observation says nothing: everything is unknown then.
func blind(o *record.Observation) bool { return o.Err != nil }

// noticed tells whether an observation reports a mark as broken or unknown.
func noticed(o *record.Observation, m fault.Mark) bool { return blind(o) || m.Noticed(o.Observation) }
