package scenario

import (
	"context"
	"errors"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// Why a run's context can end.
var (
	errInterrupted = errors.New("the run was interrupted")
	errBound       = errors.New("the run took longer than its bound")
	errGivenUp     = errors.New("the run was given up")
)

// endOf returns why the context of a run has ended, nil if it has not. Whoever
// ended it from outside has interrupted the run, whatever he says of why.
func endOf(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	if cause := context.Cause(ctx); errors.Is(cause, errBound) || errors.Is(cause, errGivenUp) {
		return cause
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return context.Cause(ctx)
	}
	return errInterrupted
}

// interrupted turns the end of the run's context into its cause.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() == nil || !errors.Is(err, ctx.Err()) {
		return err
	}
	return endOf(ctx)
}

// cutShort says why the run was ended before it was over, if it was: what fails
// before that ends the steps, and then nothing is looked for any more.
func (r *run) cutShort() record.Cut {
	if !r.broken() {
		return ""
	}
	switch err := r.ended(); {
	case errors.Is(err, errInterrupted):
		return record.Interrupted
	case errors.Is(err, errBound), errors.Is(err, context.DeadlineExceeded):
		return record.OutOfTime
	default:
		return record.Broken
	}
}
