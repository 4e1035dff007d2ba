package scenario

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/standing"
)

// Run plays a scenario once and says what came of it.
//
// Whatever happens, everything that was hurt is healed, everything that was
// started is ended, and the Result is complete as far as the run has come. A
// run that ctx ends is Errored. The error is for what Run was given: a scenario
// that is not valid, a system or a transport that is not there. Where the
// harness itself fails the Result's verdict says so.
func Run(ctx context.Context, sc Scenario, o Options) (Result, error) {
	if fields := sc.check(o.Systems); len(fields) > 0 {
		return Result{}, &protocol.Error{Code: protocol.InvalidArgument, Message: "run the scenario " + failure.Quote(sc.Name), Fields: fields}
	}
	o = o.withDefaults()
	if !sc.On(o.Transport) {
		return Result{}, protocol.Errorf(protocol.InvalidArgument, "run the scenario %s: it makes no sense over %s, only over %s",
			sc.Name, failure.Quote(string(o.Transport)), strings.Join(words(sc.Transports), ", "))
	}
	r, err := newRun(sc.withDefaults(), o)
	if err != nil {
		return Result{}, err
	}
	return r.play(ctx), nil
}

// A run is one run of a scenario, from its beginning to its end.
type run struct {
	sc     Scenario
	o      Options
	system stack.System
	def    protocol.Definition
	log    *slog.Logger
	began  time.Time
	rec    *recorder
	folder *folder // nil where no evidence is kept

	stack      *played
	plugin     *pluginPart
	host       *hostPart
	observer   *observer
	invariants []protocol.Invariant // those in force
	watched    watched              // what must be gone in the end

	faults []*injected // in the order of their injection
	healed bool        // everything was healed, and the system is well

	changed []string // entities that actions may have changed

	mu       sync.Mutex
	failures []Failure
	findings []Finding
	errs     []error
	met      map[int]time.Time // when the first observation was over that a fault's step expects
	cancel   context.CancelCauseFunc
	ended    func() error // why the run's context has ended, nil if it has not
}

func newRun(sc Scenario, o Options) (*run, error) {
	r := &run{sc: sc, o: o, log: o.Log.With("run", runName(sc.Name, o)), began: time.Now(), met: make(map[int]time.Time), cancel: func(error) {}, ended: func() error { return nil }}
	for _, s := range o.Systems {
		if s.Name == sc.System {
			r.system = s
		}
	}
	def, err := r.system.Definition()
	if err != nil {
		return nil, fmt.Errorf("run the scenario %s: the definition of %s: %w", sc.Name, sc.System, err)
	}
	r.def, r.invariants = def, def.Invariants
	r.rec = newRecorder(r.progress)
	if o.EvidenceDir != "" {
		r.folder = newFolder(o.EvidenceDir, runName(sc.Name, o))
	}
	return r, nil
}

func (r *run) progress(e record.Event) {
	if r.o.Progress == nil {
		return
	}
	r.o.Progress(Progress{
		Scenario: r.sc.Name, Transport: r.o.Transport, Repeat: r.o.Repeat,
		Elapsed: time.Since(r.began), Steps: len(r.sc.Steps), Event: e,
	})
}

// play is the life of a run.
func (r *run) play(ctx context.Context) Result {
	ctx, r.cancel = context.WithCancelCause(ctx)
	defer r.cancel(nil)
	bounded, cancel := context.WithTimeoutCause(ctx, r.sc.Bound, fmt.Errorf("%w of %s", errBound, r.sc.Bound))
	defer cancel()
	r.ended = func() error { return endOf(bounded) }

	r.guard("the run", func() error { return r.live(bounded) })
	return r.result()
}

// live starts everything, plays the steps, and ends everything.
func (r *run) live(ctx context.Context) error {
	defer r.end(ctx)
	if err := r.begin(ctx); err != nil {
		return err
	}
	r.guard("the steps", func() error { return r.steps(ctx) })
	if r.failing() {
		r.dump(ctx, "system-at-failure")
	}
	r.guard("the healing", func() error { return r.healAll(ctx) })
	r.guard("the end", func() error { return r.after(ctx) })
	return nil
}

// guard does a part of the run. Its error, or its panic, is noted, and the run
// goes on.
func (r *run) guard(what string, f func() error) {
	defer func() {
		if v := recover(); v != nil {
			r.fail(fmt.Errorf("%s: %w", what, asPanic(v)))
		}
	}()
	if err := f(); err != nil {
		r.fail(err)
	}
}

// fail notes an error of the harness.
func (r *run) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs = append(r.errs, err)
	r.log.Error("the run failed", "error", err)
}

// abort notes an error from outside the steps, and ends them.
func (r *run) abort(err error) {
	r.fail(err)
	r.cancel(fmt.Errorf("%w: %w", errGivenUp, err))
}

// miss notes an expectation that was missed.
func (r *run) miss(f Failure) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, f)
}

// find notes a rule that was broken, as far as only the runner can see it.
func (r *run) find(rule, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.findings = append(r.findings, Finding{Rule: rule, At: time.Now(), Message: fmt.Sprintf(format, args...)})
}

func (r *run) failing() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.failures)+len(r.findings)+len(r.errs) > 0
}

// check judges the record by the standing rules.
func (r *run) check(rec record.Record) (found []Finding) {
	check := r.o.Check
	if check == nil {
		check = standing.Check
	}
	r.guard("the standing rules", func() error {
		found = check(rec)
		return nil
	})
	return found
}
