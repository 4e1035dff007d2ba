package fault

import (
	"context"
	"errors"
	"fmt"
)

// A Fault is one way to hurt one thing. Its methods are called one at a time.
type Fault interface {
	// Name says what is done to what, such as "hang redis". It is the same for
	// the same fault in every run.
	Name() string
	// Available returns nil, or why the fault cannot be had here: this is not
	// Linux, there is no such program. It hurts nothing. The error wraps
	// [ErrUnavailable].
	Available() error
	// Impact is what an operator must notice, and what it may.
	Impact() Impact
	// Inject hurts, and returns when it has: when the process is stopped, when
	// the connections are cut. After an error the fault may be there in part, and
	// Heal must be called as if there had been none.
	Inject(ctx context.Context) error
	// Heal undoes Inject, and returns when what was hurt works by itself again;
	// that the rest of the system has noticed is for the stack's health check to
	// tell. Of a fault that was not injected, or is healed already, it does
	// nothing.
	Heal(ctx context.Context) error
}

// ErrUnavailable is wrapped by what [Fault.Available] returns.
var ErrUnavailable = errors.New("not available here")

// Unavailable returns an error that says why a fault cannot be had.
func Unavailable(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrUnavailable, fmt.Errorf(format, args...))
}
