package scenario

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// The bounds of what is done to a system. They are long, for a slow machine:
// what takes longer is a failure of the harness.
const (
	injectBound = 60 * time.Second
	healBound   = 60 * time.Second
	healthBound = 60 * time.Second
	// healthPause is the time between two looks at the system's health.
	healthPause = 100 * time.Millisecond
)

// An injected fault is one that was injected, completely or not.
type injected struct {
	id     int
	name   string // what the scenario calls it
	step   int
	fault  fault.Fault
	impact fault.Impact
	there  bool      // it was injected completely
	since  time.Time // when it was
	healed time.Time // zero as long as it is not
	// settled: the system was found well after it was healed.
	settled bool
}

// inject injects a step's fault. The error is the harness's.
func (r *run) inject(ctx context.Context, number int, s Step) error {
	f, err := r.newFault(*s.Fault)
	if err != nil {
		return fmt.Errorf("%s: %w", s.What(), err)
	}
	if err := f.Available(); err != nil {
		return fmt.Errorf("%s: %w", s.What(), err)
	}
	in := &injected{id: len(r.faults) + 1, name: s.faultName(), step: number, fault: f, impact: f.Impact()}
	r.faults = append(r.faults, in)
	r.phase(in, record.Injecting, nil)
	err = guardedCall(ctx, "injecting "+f.Name(), injectBound, f.Inject)
	at := r.phase(in, record.Injected, err)
	if err != nil {
		return fmt.Errorf("%s: %w", s.What(), interrupted(ctx, err))
	}
	in.there, in.since = true, at
	return nil
}

// newFault makes the fault that a spec names.
func (r *run) newFault(spec stack.Spec) (fault.Fault, error) {
	i := slices.IndexFunc(r.system.Kinds, func(k stack.Kind) bool { return k.Name == spec.Kind })
	if i < 0 { // not reached: the scenario is valid
		return nil, fmt.Errorf("there is no kind of fault %q", spec.Kind)
	}
	// What only this kind of system has, a fault finds by the stack's own type.
	on := r.stack.Stack
	if spec.On == PluginPart || spec.On == HostPart {
		on = r.stack
	}
	return r.system.Kinds[i].New(on, spec.On, spec.With)
}

// phase writes down where a fault is, and returns when it was there.
func (r *run) phase(in *injected, p record.Phase, err error) time.Time {
	f := &record.Fault{ID: in.id, Name: in.fault.Name(), Phase: p, Impact: in.impact, Delay: in.impact.Delay}
	if err != nil {
		f.Err = err.Error()
	}
	return r.rec.add(record.Event{Fault: f})
}

// heal heals faults, those that were injected last first, and waits until the
// system is well where none is left. All are tried, whatever becomes of any.
func (r *run) heal(ctx context.Context, which func(*injected) bool) error {
	var errs []error
	for _, in := range slices.Backward(r.faults) {
		if !in.healed.IsZero() || !which(in) {
			continue
		}
		r.phase(in, record.Healing, nil)
		err := guardedCall(ctx, "healing "+in.fault.Name(), healBound, in.fault.Heal)
		at := r.phase(in, record.Healed, err)
		if err != nil {
			errs = append(errs, fmt.Errorf("heal %s: %w", in.fault.Name(), err))
			continue
		}
		in.healed = at
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if slices.ContainsFunc(r.faults, func(in *injected) bool { return in.healed.IsZero() }) {
		return nil
	}
	return r.settle(ctx)
}

// settle waits until the system is well after its faults were healed.
func (r *run) settle(ctx context.Context) error {
	open := slices.DeleteFunc(slices.Clone(r.faults), func(in *injected) bool { return in.settled })
	if len(open) == 0 {
		return nil
	}
	if err := r.well(ctx, "after the healing"); err != nil {
		return err
	}
	for _, in := range open {
		in.settled = true
		r.phase(in, record.Settled, nil)
	}
	return nil
}

// well waits until the system is healthy. What it finds wrong it writes down, each
// thing once, and of one that says something else each time, such as a number
// that falls, one a second.
func (r *run) well(ctx context.Context, when string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, healthBound, fmt.Errorf("it was not within %s", healthBound))
	defer cancel()
	said, saidAt := "", time.Time{}
	var last error
	for {
		err := guardedCall(ctx, "the look at the system's health", healthBound, r.stack.Healthy)
		if err == nil {
			r.rec.add(record.Event{Health: &record.Health{}})
			return nil
		}
		if ctx.Err() == nil || last == nil { // else it is about the end of the looking
			last = err
		}
		if said != err.Error() && time.Since(saidAt) > time.Second {
			said, saidAt = err.Error(), time.Now()
			r.rec.add(record.Event{Health: &record.Health{Err: said}})
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the system is to be healthy %s: %w: %w", when, interrupted(ctx, ctx.Err()), last)
		case <-time.After(healthPause):
		}
	}
}

// healAll heals what is left, whatever has ended the steps.
func (r *run) healAll(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if err := r.heal(ctx, func(*injected) bool { return true }); err != nil {
		return err
	}
	r.healed = true
	return nil
}
