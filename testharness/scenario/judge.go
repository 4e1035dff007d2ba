package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// record returns what has happened so far.
func (r *run) record() record.Record {
	rec := record.Record{
		Scenario: r.sc.Name, System: r.sc.System, Transport: string(r.o.Transport), Repeat: r.o.Repeat, Seed: r.o.Seed,
		Interval: r.sc.Interval, Timeout: r.sc.Timeout, Invariants: r.invariants, Allow: r.allowed(),
		Shared: r.o.Shared, CutShort: r.cutShort(), Begin: r.began, Events: r.rec.all(), Leftovers: r.rec.leftovers(),
	}
	if r.stack != nil {
		rec.Needs = r.stack.Needs()
	}
	return rec
}

// result judges the run and keeps its evidence.
func (r *run) result() Result {
	rec := r.record()
	rec.End = time.Now()
	r.never(rec.Events)
	found := r.check(rec)

	failures, findings, err := r.noted()
	result := Result{
		Scenario: r.sc.Name, Summary: r.sc.Summary, Row: r.sc.Row, System: r.sc.System,
		Transport: r.o.Transport, Seed: r.o.Seed, Repeat: r.o.Repeat,
		Verdict: Passed, Failures: failures, Findings: slices.Concat(findings, found),
		Faults: r.times(rec.Events),
		Began:  r.began, Took: rec.End.Sub(r.began), Record: rec,
	}
	if len(result.Failures)+len(result.Findings) > 0 {
		result.Verdict = Failed
	}
	if err != nil {
		result.Verdict, result.Error = Errored, err.Error()
	}
	if r.folder != nil {
		if result.Verdict == Passed && !r.o.KeepEvidence {
			if err := r.folder.remove(); err != nil {
				r.log.Warn("evidence that nobody needs is left", "error", err)
			}
			return result
		}
		result.Evidence = r.folder.path
		if err := r.keep(result); err != nil {
			r.log.Error("the evidence is not complete", "folder", r.folder.path, "error", err)
		}
	}
	return result
}

// noted returns what went wrong.
func (r *run) noted() ([]Failure, []Finding, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.failures), slices.Clone(r.findings), errors.Join(r.errs...)
}

// neverWords begin what is said of a verdict that must not be seen.
const neverWords = "never "

// never finds what must not be seen broken at any time.
func (r *run) never(events []record.Event) {
	for _, m := range r.sc.Never {
		for _, e := range events {
			o := e.Observation
			if o == nil || o.Err != nil {
				continue
			}
			violations := o.Accusing().Violations
			i := slices.IndexFunc(violations, func(v protocol.Violation) bool { return m.Matches(v.Invariant, v.Entity) })
			if i < 0 {
				continue
			}
			v := violations[i]
			r.miss(Failure{
				What:        neverWords + markWords(m) + " broken",
				Observation: o.Number,
				Message: fmt.Sprintf("observation %d, after %s, has it: %s",
					o.Number, o.Began.Sub(r.began).Round(time.Millisecond), because(o, fault.Mark{Invariant: v.Invariant, Entity: v.Entity}, protocol.Broken)),
			})
			break
		}
	}
}

// times returns what it took to notice each fault, and to be well after it.
func (r *run) times(events []record.Event) []FaultTimes {
	times := make([]FaultTimes, 0, len(r.faults))
	for _, in := range r.faults {
		t := FaultTimes{ID: in.id, Name: in.fault.Name(), Injected: in.since, Healed: in.healed}
		if in.there {
			t.Detect = r.detect(in, events)
		}
		if !in.healed.IsZero() && in.there {
			t.Resolve = r.resolve(in, events)
		}
		times = append(times, t)
	}
	return times
}

// detect returns how long it took until all that a fault breaks or hides was noticed, or
// what its step expects was there.
func (r *run) detect(in *injected, events []record.Event) *time.Duration {
	owed := in.impact.Owed()
	if len(owed) == 0 {
		if met, ok := r.met[in.step]; ok {
			return new(max(0, met.Sub(in.since)))
		}
		return nil
	}
	var longest time.Duration
	for _, m := range owed {
		i := slices.IndexFunc(events, func(e record.Event) bool {
			o := e.Observation
			return o != nil && !o.Ended.Before(in.since) && (in.healed.IsZero() || o.Began.Before(in.healed)) && noticed(o, m)
		})
		if i < 0 {
			return nil
		}
		longest = max(longest, events[i].Observation.Ended.Sub(in.since))
	}
	return &longest
}

// resolve returns how long it took after the healing until everything was held
// and every ticket closed, in a time without other faults.
func (r *run) resolve(in *injected, events []record.Event) *time.Duration {
	for _, e := range events {
		o := e.Observation
		if o == nil || o.Began.Before(in.healed) || r.hurt(o) || r.notHeld(o) != "" {
			continue
		}
		if slices.ContainsFunc(o.Tickets, func(t protocol.Ticket) bool {
			return !matchesAny(r.allowed(), t.Invariant, t.Entity) && !o.IsWitnessed(t.Invariant, t.Entity)
		}) {
			continue
		}
		return new(o.Ended.Sub(in.healed))
	}
	return nil
}

// hurt tells whether a fault was there when an observation was made.
func (r *run) hurt(o *record.Observation) bool {
	return slices.ContainsFunc(r.faults, func(in *injected) bool {
		return in.there && in.since.Before(o.Ended) && (in.healed.IsZero() || in.healed.After(o.Began))
	})
}

func matchesAny(marks []fault.Mark, invariant, entity string) bool {
	return slices.ContainsFunc(marks, func(m fault.Mark) bool { return m.Matches(invariant, entity) })
}

// runName names a run, for files.
func runName(name string, o Options) string {
	return strings.Join([]string{name, string(o.Transport), fmt.Sprint(o.Seed), fmt.Sprint(o.Repeat)}, "-")
}
