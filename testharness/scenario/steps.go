package scenario

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// steps plays the steps. An expectation that is missed does not end them; the
// error, which does, is the harness's.
func (r *run) steps(ctx context.Context) error {
	for i, s := range r.sc.Steps {
		number := i + 1
		r.rec.add(record.Event{Step: &record.Step{Number: number, What: s.What(), Expects: expects(s.Expect)}})
		mark := r.rec.len()
		if err := r.step(ctx, number, s); err != nil {
			err = interrupted(ctx, err)
			r.rec.add(record.Event{Step: &record.Step{Number: number, What: s.What(), Failed: err.Error()}})
			return fmt.Errorf("step %d: %w", number, err)
		}
		if s.Expect == nil {
			continue
		}
		if err := r.expect(ctx, number, *s.Expect, time.Now(), mark); err != nil {
			return fmt.Errorf("step %d: %w", number, err)
		}
	}
	return nil
}

// expects are the verdicts other than held that an expectation wants.
func expects(e *Expectation) []fault.Mark {
	if e == nil {
		return nil
	}
	return slices.Concat(e.Broken, e.Unknown, e.Noticed)
}

func (r *run) step(ctx context.Context, number int, s Step) error {
	switch {
	case s.Fault != nil:
		return r.inject(ctx, number, s)
	case s.Heal == AllFaults:
		return r.heal(ctx, func(*injected) bool { return true })
	case s.Heal != "":
		return r.heal(ctx, func(in *injected) bool { return in.name == s.Heal })
	case s.Act != nil:
		return r.act(ctx, number, *s.Act)
	case s.Load != nil:
		return r.load(ctx, s.Load)
	case s.Wait > 0:
		select {
		case <-time.After(s.Wait):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	default:
		return nil
	}
}

// load replaces the load; null is the usual one.
func (r *run) load(ctx context.Context, spec []byte) error {
	if string(spec) == "null" {
		spec = nil
	}
	err := guardedCall(ctx, "changing the load", injectBound, func(ctx context.Context) error { return r.stack.Load(ctx, spec) })
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	return nil
}
