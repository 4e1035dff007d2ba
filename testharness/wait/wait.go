// Package wait waits for conditions of real systems.
//
// A test that sleeps is either slow or flaky. What it means is "until the node
// is gone from the registry", so that is what it should say: [For] asks again
// and again, and when time runs out its error tells what was waited for and
// what the last answer was.
package wait

import (
	"context"
	"fmt"
	"time"
)

// Interval is the pause between two looks at a condition. Short, because the
// conditions are cheap questions to servers on this machine.
const Interval = 20 * time.Millisecond

// Bound is how long [For] waits where its context has no deadline of its own.
const Bound = 30 * time.Second

// For returns nil as soon as condition reports true. It looks at once, then
// every [Interval], until ctx is done or, where ctx has no deadline, until
// [Bound] has passed. What completes the sentence "waiting for ...".
//
// An error from condition does not end the waiting, for a server that is still
// starting refuses connections: it means "not yet", and the last one is part of
// the error that For returns. Condition is called from the caller's goroutine
// and should respect ctx, which it closes over.
func For(ctx context.Context, what string, condition func() (bool, error)) error {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, Bound)
		defer cancel()
	}
	begin := time.Now()
	tick := time.NewTicker(Interval)
	defer tick.Stop()
	for {
		met, err := condition()
		if met && err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return &Error{What: what, Waited: time.Since(begin), Cause: context.Cause(ctx), Last: err}
		case <-tick.C:
		}
	}
}

// Error says that a condition was not met in time. It unwraps to the context's
// cause and to the last error of the condition.
type Error struct {
	// What was waited for.
	What string
	// Waited is for how long.
	Waited time.Duration
	// Cause is why the waiting ended.
	Cause error
	// Last is the condition's last error; nil where it only was not true.
	Last error
}

// Error renders what was waited for, how long, and the last answer.
func (e *Error) Error() string {
	text := fmt.Sprintf("waiting for %s: gave up after %s: %v", e.What, e.Waited.Round(time.Millisecond), e.Cause)
	if e.Last != nil {
		text += fmt.Sprintf(" (last: %v)", e.Last)
	}
	return text
}

// Unwrap returns the cause and the last error.
func (e *Error) Unwrap() []error {
	if e.Last == nil {
		return []error{e.Cause}
	}
	return []error{e.Cause, e.Last}
}
