package scenario

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// grace is how long after its deadline a call is waited for. What has not
// returned by then is taken for one that never will.
const grace = 10 * time.Second

// A panicError is a panic of something that the runner called.
type panicError struct {
	value any
	stack []byte
}

// Error says what it panicked with. The stack is for the evidence.
func (e *panicError) Error() string {
	return "it panicked: " + failure.Line(fmt.Sprint(e.value))
}

// asPanic makes an error of what was recovered, with the stack of the panic.
func asPanic(v any) *panicError { return &panicError{value: v, stack: debug.Stack()} }

// A hangError is a call that did not return.
type hangError struct {
	what   string
	waited time.Duration
	stacks []byte // of all goroutines, then
}

// Error says which call, and for how long it was waited for.
func (e *hangError) Error() string {
	return fmt.Sprintf("%s did not return within %s", e.what, e.waited.Round(time.Millisecond))
}

// maxStacks is how many bytes of the goroutines' stacks are kept.
const maxStacks = 8 << 20

func allStacks() []byte {
	all := make([]byte, maxStacks)
	return all[:runtime.Stack(all, true)]
}

// guarded calls f in a goroutine of its own, with a context that ends after
// within. A panic of f is its error. A call that does not return within grace
// after that is abandoned: its goroutine stays, and what it returns is lost.
func guarded[T any](ctx context.Context, what string, within time.Duration, f func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	type result struct {
		value T
		err   error
	}
	returned := make(chan result, 1)
	go func() {
		defer cancel()
		var r result
		defer func() {
			if v := recover(); v != nil {
				r.err = asPanic(v)
			}
			returned <- r
		}()
		r.value, r.err = f(ctx)
	}()
	began := time.Now()
	late := time.NewTimer(within + grace)
	defer late.Stop()
	select {
	case r := <-returned:
		return r.value, r.err
	case <-late.C:
		cancel()
		var none T
		return none, &hangError{what: what, waited: time.Since(began), stacks: allStacks()}
	}
}

// guardedCall is guarded for what returns nothing but an error.
func guardedCall(ctx context.Context, what string, within time.Duration, f func(context.Context) error) error {
	_, err := guarded(ctx, what, within, func(ctx context.Context) (struct{}, error) { return struct{}{}, f(ctx) })
	return err
}
