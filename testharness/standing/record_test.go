package standing_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

const (
	interval = 500 * time.Millisecond
	timeout  = 2 * time.Second
)

var begin = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A writer writes a record as a runner would, by a clock of its own.
type writer struct {
	record.Record

	now   time.Time
	looks int
}

func newWriter() *writer {
	return &writer{now: begin, Record: record.Record{
		Scenario: "made_by_hand", System: "stores", Transport: "in_process", Repeat: 1,
		Interval: interval, Timeout: timeout, Begin: begin,
		Invariants: []protocol.Invariant{
			{Name: "down", Entity: "node", Severity: protocol.Critical},
			{Name: "disk", Severity: protocol.Critical},
			{Name: "slow", Entity: "node", Severity: protocol.Warning},
		},
		Needs: map[string][][]string{
			"disk": {{"operator->disk"}},
			"down": {{"operator->a", "operator->b"}},
			"slow": {{"metrics/*"}},
		},
	}}
}

func (w *writer) event(e record.Event) {
	e.At = w.now
	w.Events = append(w.Events, e)
}

func (w *writer) wait(d time.Duration) { w.now = w.now.Add(d) }

// said is what a subject says in one observation. Names are "disk" and "down/a".
type said struct {
	broken, unknown []string
	err             *protocol.Error
	took            time.Duration
	unread          []string // links
}

// look writes an observation and waits for the next.
func (w *writer) look(s said) {
	took := max(s.took, 20*time.Millisecond)
	w.looks++
	o := &record.Observation{
		Number: w.looks, Began: w.now, Deadline: w.now.Add(timeout), Err: s.err,
		Read: map[string]int64{"operator->disk": 120, "operator->a": 300, "operator->b": 0},
	}
	for _, link := range s.unread {
		o.Read[link] = 0
	}
	if s.err == nil {
		o.Observation = protocol.Observation{Time: w.now, Sources: []protocol.Source{
			{Name: "disk", Class: protocol.SourceOK}, {Name: "metrics/latency", Class: protocol.SourceOK},
		}}
		for _, name := range s.broken {
			o.Observation.Violations = append(o.Observation.Violations, violation(name))
		}
		for _, name := range s.unknown {
			v := violation(name)
			o.Observation.Unchecked = append(o.Observation.Unchecked, protocol.Unchecked{Invariant: v.Invariant, Entity: v.Entity, Reason: "not read"})
		}
	}
	begun := w.now
	w.wait(took)
	o.Ended = w.now
	w.event(record.Event{Observation: o})
	for i, part := range []string{"runner", "plugin", "node-1"} {
		u := &record.Usage{Part: part, PID: 10 + i, ResidentBytes: 40 << 20, Descriptors: 20, Threads: 12, Children: 0, Goroutines: -1}
		if part == "runner" {
			u.Goroutines = 60
		}
		w.event(record.Event{Usage: u})
	}
	w.now = begun.Add(max(interval, took))
}

func violation(name string) protocol.Violation {
	v := protocol.Violation{Invariant: name, Severity: protocol.Critical, Message: name}
	for i := range name {
		if name[i] == '/' {
			v.Invariant, v.Entity = name[:i], name[i+1:]
		}
	}
	if v.Invariant == "slow" {
		v.Severity = protocol.Warning
	}
	return v
}

func marks(names ...string) []fault.Mark {
	all := make([]fault.Mark, 0, len(names))
	for _, name := range names {
		v := violation(name)
		all = append(all, fault.Mark{Invariant: v.Invariant, Entity: v.Entity})
	}
	return all
}

func (w *writer) fault(id int, phase record.Phase, impact fault.Impact) {
	w.event(record.Event{Fault: &record.Fault{ID: id, Name: fmt.Sprintf("fault %d", id), Phase: phase, Impact: impact, Delay: impact.Delay}})
	w.wait(10 * time.Millisecond)
}

func (w *writer) host(kind, name string) {
	v := violation(name)
	raw, err := json.Marshal(map[string]any{"time": w.now, "type": kind, "invariant": v.Invariant, "entity": v.Entity})
	if err != nil {
		panic(err)
	}
	w.event(record.Event{Host: &record.Host{Event: raw}})
}

// end writes the tickets and returns the record.
func (w *writer) end() record.Record {
	w.wait(time.Second)
	w.End = w.now
	track(&w.Record)
	return w.Record
}

// track writes the tickets of a record as a runner would.
func track(r *record.Record) {
	var declared []protocol.Invariant
	for _, inv := range r.Invariants {
		inv.Grace = 0
		declared = append(declared, inv)
	}
	tracker := protocol.NewTracker(declared)
	for _, e := range r.Events {
		o := e.Observation
		switch {
		case o == nil:
			continue
		case o.Err != nil:
			tracker.Missed(o.Ended, o.Err.Error())
			o.Transitions = nil
		default:
			o.Transitions = tracker.Update(o.Observation)
		}
		o.Tickets = tracker.Tickets()
	}
}
