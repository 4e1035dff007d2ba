package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/usage"
)

// The bounds of the beginning and of the end of a run.
const (
	startBound = 2 * time.Minute
	openBound  = 30 * time.Second
	closeBound = 30 * time.Second
	leftBound  = 10 * time.Second
	// calmBound is how long a new system may take until everything is held.
	calmBound = 30 * time.Second
)

// watched is what the run has started, and what it uses.
type watched struct {
	claims  usage.Claims
	stop    context.CancelFunc
	working sync.WaitGroup
	opened  *opened
	logs    map[string]string // the ends of the parts' logs, before they were closed
}

// begin starts the system, opens the subject, and waits until it finds
// everything well.
func (r *run) begin(ctx context.Context) error {
	started, err := guarded(ctx, "starting the system", startBound, func(ctx context.Context) (stack.Stack, error) {
		st, err := r.system.Start(ctx, stack.Options{Topology: r.sc.Topology, Log: r.log})
		if err == nil && ctx.Err() != nil { // nobody waits for it any more
			return nil, errors.Join(ctx.Err(), st.Close())
		}
		return st, err
	})
	if err != nil {
		return fmt.Errorf("start %s: %w", r.system.Name, interrupted(ctx, err))
	}
	r.stack = &played{Stack: started}
	if err := r.load(ctx, r.sc.Load); err != nil {
		return interrupted(ctx, err)
	}
	if err := r.well(ctx, "before anything is done to it"); err != nil {
		return err
	}
	config, err := mergePatch(r.stack.Config(), r.sc.Config)
	if err != nil {
		return err
	}
	if err := r.open(ctx, config); err != nil {
		return err
	}
	if r.sc.Host {
		if err := r.startHost(ctx, config); err != nil {
			return interrupted(ctx, err)
		}
		r.stack.own = append(r.stack.own, r.host)
	}
	r.sample(ctx)
	r.observer.start(ctx)
	return r.calm(ctx, 0, "everything held, before anything is done", calmBound)
}

// open opens the subject and prepares who observes it.
func (r *run) open(ctx context.Context, config json.RawMessage) error {
	o, err := guarded(ctx, "opening the subject", openBound, func(ctx context.Context) (*opened, error) {
		return open(ctx, r.o.Transport, r.def, config, func() (string, error) { return r.o.PluginPath(r.system.Plugin) })
	})
	if err != nil {
		return fmt.Errorf("open the subject over %s: %w", r.o.Transport, interrupted(ctx, err))
	}
	if o.plugin != nil {
		r.plugin = o.plugin
		r.stack.own = append(r.stack.own, o.plugin)
	}
	def := protocol.DefinitionOf(o.subject, r.def)
	r.invariants = def.Invariants
	if r.o.Wrap != nil {
		inner := o.close
		o.subject = r.o.Wrap(o.subject, def, r.stack.Stack)
		o.close = func() error { return errors.Join(closeSubject(o.subject), inner()) }
	}
	r.watched.opened = o
	links := slices.DeleteFunc(slices.Clone(r.stack.Links()), func(l *network.Link) bool { return l.From() != network.Operator })
	r.observer = &observer{
		subject: o.subject, tracker: protocol.NewTracker(withoutGrace(r.invariants)), links: links,
		interval: r.sc.Interval, timeout: r.sc.Timeout, rec: r.rec, fail: r.abort,
	}
	if w, ok := r.stack.Stack.(stack.Witness); ok {
		r.observer.witness = w.Witness
	}
	return nil
}

// samplePause is the time between two looks at what processes use.
const samplePause = time.Second

// sample writes down every second what each process uses, and notes what there
// is that must be gone in the end.
func (r *run) sample(ctx context.Context) {
	for _, l := range r.stack.Links() {
		r.watched.claims.Address(l.Name(), l.Address())
	}
	ctx, r.watched.stop = context.WithCancel(context.WithoutCancel(ctx))
	r.watched.working.Go(func() {
		tick := time.NewTicker(samplePause)
		defer tick.Stop()
		for {
			pids := make(map[string]int)
			for _, p := range r.stack.Parts() {
				if pid := p.PID(); pid != 0 && p.State() != process.Exited {
					pids[p.Name()] = pid
					r.watched.claims.Process(p.Name(), pid)
				}
			}
			for _, u := range usage.Sample(pids) {
				r.rec.add(record.Event{Usage: &u})
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	})
}

// calm waits for an observation that holds everything but what the scenario
// allows. Where there is none that is a failure.
func (r *run) calm(ctx context.Context, number int, what string, within time.Duration) error {
	begin := time.Now()
	wrong, looks, last := "", 0, 0
	calm := false
	if err := r.follow(ctx, 0, begin.Add(within+r.sc.Interval+2*r.sc.Timeout+grace), func(e record.Event) bool {
		o := e.Observation
		if o == nil || o.Began.Before(begin) && number > 0 {
			return false
		}
		if o.Began.After(begin.Add(within)) {
			return true
		}
		looks, last = looks+1, o.Number
		wrong = r.notHeld(o)
		calm = wrong == ""
		return calm
	}); err != nil {
		return fmt.Errorf("while waiting for %s: %w", what, interrupted(ctx, err))
	}
	said := &record.Step{Number: number, What: what, Took: time.Since(begin)}
	switch {
	case calm:
	case looks == 0:
		said.Failed = fmt.Sprintf("no observation was made within %s", within)
	default:
		said.Failed = fmt.Sprintf("none of %d observations that began within %s had it; of the last one, %d: %s", looks, within, last, wrong)
	}
	if said.Failed != "" {
		r.miss(Failure{Step: number, What: what, Message: said.Failed, Observation: last})
	}
	r.rec.add(record.Event{Step: said})
	return nil
}

// notHeld says what an observation does not hold that has to be, "" if all is.
func (r *run) notHeld(o *record.Observation) string {
	every := fault.Mark{Invariant: "*"}
	if o.Err != nil {
		return differs(o, every, protocol.Held, r.invariants[:min(1, len(r.invariants))])
	}
	allowed := r.allowed()
	rest := *o
	rest.Observation.Violations = slices.DeleteFunc(slices.Clone(o.Accusing().Violations), func(v protocol.Violation) bool {
		return matchesAny(allowed, v.Invariant, v.Entity)
	})
	rest.Observation.Unchecked = slices.DeleteFunc(slices.Clone(o.Observation.Unchecked), func(u protocol.Unchecked) bool {
		return matchesAny(allowed, u.Invariant, u.Entity) || slices.Contains(r.changed, u.Entity)
	})
	return differs(&rest, every, protocol.Held, r.invariants)
}

// allowed are the verdicts other than held that are tolerated at any time.
func (r *run) allowed() []fault.Mark { return slices.Concat(r.sc.Allow, expects(r.sc.After)) }

// after checks what has to be true after the healing, and then goes on looking
// for two intervals, whether it stays so.
func (r *run) after(ctx context.Context) error {
	if !r.healed || r.broken() {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return interrupted(ctx, err)
	}
	number := len(r.sc.Steps) + 1
	var err error
	if within, ordinary := r.ordinaryAfter(); ordinary {
		err = r.calm(ctx, number, "everything held, after the healing", within)
	} else {
		r.rec.add(record.Event{Step: &record.Step{Number: number, What: "after the healing", Expects: expects(r.sc.After)}})
		err = r.expect(ctx, number, *r.sc.After, time.Now(), r.rec.len())
	}
	if err != nil {
		return err
	}
	select {
	case <-time.After(2 * r.sc.Interval):
	case <-ctx.Done():
		return interrupted(ctx, ctx.Err())
	}
	return nil
}

// ordinaryAfter tells whether all has to be held after the healing and nothing
// else is asked, be it that the scenario says so, and within what time.
func (r *run) ordinaryAfter() (within time.Duration, ordinary bool) {
	within = 2*r.sc.Interval + r.sc.Timeout
	if r.sc.After == nil {
		return within, true
	}
	rest := *r.sc.After
	if rest.Within > 0 {
		within = rest.Within
	}
	every := slices.Equal(rest.Held, []fault.Mark{{Invariant: "*"}})
	rest.Within, rest.Held = 0, nil
	return within, every && reflect.ValueOf(rest).IsZero()
}

// broken tells that the harness could not do its part.
func (r *run) broken() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.errs) > 0
}

// end ends everything that was started, and keeps what is needed to understand
// a run that failed.
func (r *run) end(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	w := &r.watched
	if r.observer != nil {
		r.guard("the observing", func() error { r.observer.close(); return nil })
	}
	if w.stop != nil {
		w.stop()
		w.working.Wait()
	}
	if r.stack != nil {
		w.logs = make(map[string]string)
		for _, p := range r.stack.Parts() {
			w.logs[p.Name()] = p.Log()
		}
		if r.folder != nil && (r.o.KeepEvidence || r.failing() || len(r.check(r.record())) > 0) {
			r.dump(ctx, "system")
		}
	}
	r.close(ctx)
	left, cancel := context.WithTimeout(ctx, leftBound)
	defer cancel()
	r.rec.leave(w.claims.Left(left))
}

// close ends what was started, in reverse order.
func (r *run) close(ctx context.Context) {
	closing := func(what string, f func() error) {
		if err := guardedCall(ctx, what, closeBound, func(context.Context) error { return f() }); err != nil {
			r.fail(fmt.Errorf("%s: %w", what, err))
		}
	}
	if r.host != nil {
		r.watched.claims.Path(HostPart, r.host.dir.Path())
		closing("closing the host", r.host.close)
	}
	if r.watched.opened != nil {
		closing("closing the subject", r.watched.opened.close)
	}
	if r.stack != nil {
		closing("closing "+strings.TrimSpace(r.system.Name), r.stack.Close)
	}
}
