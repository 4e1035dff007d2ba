package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// within is how long after a step the first observation that has what it expects
// may begin.
func (r *run) within(number int, e Expectation) time.Duration {
	if e.Within > 0 {
		return e.Within
	}
	d := 2*r.sc.Interval + r.sc.Timeout
	for _, in := range r.faults {
		if in.step == number {
			d += in.impact.Delay
		}
	}
	return d
}

// expect waits until what is expected is there, or can no longer be. mark is how
// many events there were when the step began. The error is that ctx has ended;
// what was missed is noted.
func (r *run) expect(ctx context.Context, number int, e Expectation, done time.Time, mark int) error {
	deadline := done.Add(r.within(number, e))
	what := e.What()
	said := &record.Step{Number: number, What: what}
	if e.observed() {
		w := &waiting{e: e, run: r, done: done, deadline: deadline}
		if err := r.follow(ctx, mark, deadline.Add(e.For+r.sc.Interval+2*r.sc.Timeout+grace), w.see); err != nil {
			return fmt.Errorf("while waiting for %s: %w", what, interrupted(ctx, err))
		}
		if w.first != nil {
			r.mu.Lock()
			r.met[number] = w.first.Ended
			r.mu.Unlock()
		}
		if f := w.missed(); f.Message != "" {
			f.Step, f.What, said.Failed = number, what, f.Message
			r.miss(f)
		}
	}
	if len(e.Host) > 0 {
		h := &hearing{want: e.Host}
		// A host looks in its own rhythm, and says what it saw afterwards.
		late := deadline.Add(r.sc.Interval + r.sc.Timeout)
		if err := r.follow(ctx, mark, late, h.hear); err != nil {
			return fmt.Errorf("while waiting for %s: %w", what, interrupted(ctx, err))
		}
		if message := h.missed(); message != "" {
			said.Failed = strings.TrimPrefix(said.Failed+"; "+message, "; ")
			r.miss(Failure{Step: number, What: what, Message: message})
		}
	}
	said.Took = time.Since(done)
	r.rec.add(record.Event{Step: said})
	return nil
}

// follow shows every event from the n-th on to see, until that has seen enough
// or it is late. The error is that ctx has ended.
func (r *run) follow(ctx context.Context, n int, late time.Time, see func(record.Event) (enough bool)) error {
	timer := time.NewTimer(time.Until(late))
	defer timer.Stop()
	for {
		events, more := r.rec.since(n)
		n += len(events)
		if slices.ContainsFunc(events, see) {
			return nil
		}
		select {
		case <-more:
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// waiting is for an observation that has what is expected.
type waiting struct {
	e              Expectation
	run            *run
	done, deadline time.Time

	first   *record.Observation // that has it
	until   time.Time           // how long the following ones must have it, too
	looks   int
	failure string              // it had it, and another did not
	failing *record.Observation // that other one
	closest *record.Observation
	lacks   []string // the closest one
	met     int
}

// see looks at an event and tells whether it is decided.
func (w *waiting) see(e record.Event) bool {
	o := e.Observation
	if o == nil || o.Began.Before(w.done) {
		return false
	}
	if w.first != nil && o.Began.After(w.until) || w.first == nil && o.Began.After(w.deadline) {
		return true
	}
	w.looks++
	lacks, met := w.e.compare(o, w.run.invariants)
	switch {
	case len(lacks) == 0 && w.first == nil:
		w.first, w.until = o, o.Began.Add(w.e.For)
	case len(lacks) == 0:
	case w.first != nil:
		w.failing = o
		w.failure = fmt.Sprintf("observation %d had it, and observation %d, %s later, no longer: %s",
			w.first.Number, o.Number, o.Began.Sub(w.first.Began).Round(time.Millisecond), strings.Join(lacks, "; "))
		return true
	case w.closest == nil || met >= w.met:
		w.closest, w.lacks, w.met = o, lacks, met
	}
	return w.first != nil && w.e.For == 0
}

// missed says what was missed; the message is empty where nothing was.
func (w *waiting) missed() Failure {
	waited := w.deadline.Sub(w.done).Round(time.Millisecond)
	switch {
	case w.failure != "":
		return Failure{Message: w.failure, Observation: w.failing.Number}
	case w.first != nil:
		return Failure{}
	case w.closest == nil:
		return Failure{Message: fmt.Sprintf("no observation was made within %s", waited)}
	default:
		return Failure{
			Observation: w.closest.Number,
			Message: fmt.Sprintf("none of %d observations that began within %s had it; observation %d came closest: %s",
				w.looks, waited, w.closest.Number, strings.Join(w.lacks, "; ")),
		}
	}
}

// hearing is for events of the host.
type hearing struct {
	want  []HostEvent
	heard []bool
	types []string // what else was heard
}

func (h *hearing) hear(e record.Event) bool {
	if e.Host == nil {
		return false
	}
	if h.heard == nil {
		h.heard = make([]bool, len(h.want))
	}
	var said HostEvent
	if json.Unmarshal(e.Host.Event, &said) != nil {
		return false
	}
	const remembered = 20
	if len(h.types) < remembered {
		h.types = append(h.types, strings.TrimSpace(said.Type+" "+markWords(fault.Mark{Invariant: said.Invariant, Entity: said.Entity})))
	}
	all := true
	for i, want := range h.want {
		if want.Type == said.Type && (want.Invariant == "" || want.Invariant == said.Invariant) && (want.Entity == "" || want.Entity == said.Entity) {
			h.heard[i] = true
		}
		all = all && h.heard[i]
	}
	return all
}

func (h *hearing) missed() string {
	var missing []string
	for i, want := range h.want {
		if h.heard == nil || !h.heard[i] {
			missing = append(missing, strings.TrimSpace(want.Type+" "+markWords(fault.Mark{Invariant: want.Invariant, Entity: want.Entity})))
		}
	}
	if len(missing) == 0 {
		return ""
	}
	heard := "nothing"
	if len(h.types) > 0 {
		heard = strings.Join(h.types, ", ")
	}
	return fmt.Sprintf("the host did not report %s; it reported %s", strings.Join(missing, ", "), heard)
}
