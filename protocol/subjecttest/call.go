package subjecttest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
)

// faultError is of a call that did what no call may do: it panicked, or did not
// return. Whatever a check makes of the error, it fails.
type faultError struct{ message string }

func (e *faultError) Error() string { return e.message }

// call makes one call of the subject, contains its panic, and returns at the
// latest the suite's Slack after the end of ctx.
func call[T any](ctx context.Context, e *Env, what string, f func(context.Context) (T, error)) (T, error) {
	return callWithin(ctx, e, what, e.suite.Slack, f)
}

func callWithin[T any](ctx context.Context, e *Env, what string, slack time.Duration, f func(context.Context) (T, error)) (T, error) {
	type returned struct {
		value T
		err   error
	}
	done := make(chan returned, 1)
	leave := e.enter(&what)
	go func() {
		defer leave()
		pprof.SetGoroutineLabels(pprof.WithLabels(ctx, pprof.Labels(labelKey, e.label)))
		var r returned
		over := false
		defer func() {
			if p := recover(); p != nil {
				r.err = e.fault("%s panicked: %v\n%s", what, p, stack())
			} else if !over {
				r.err = e.fault("%s did not return: it ended its goroutine (runtime.Goexit, or a test's FailNow)", what)
			}
			done <- r
		}()
		r.value, r.err = f(ctx)
		over = true
	}()

	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
	}
	late := time.NewTimer(slack)
	defer late.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-late.C:
		var none T
		return none, e.fault("%s had not returned %s after its context ended (%w)", what, slack, context.Cause(ctx))
	}
}

// labelKey is the profiler label that tells a check's goroutines, and those
// that they start, from all others.
const labelKey = "subjecttest"

func (e *Env) enter(what *string) (leave func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.inCall == nil {
		e.inCall = make(map[*string]struct{})
	}
	e.inCall[what] = struct{}{}
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.inCall, what)
	}
}

// fault notes what fails the check by itself.
func (e *Env) fault(format string, args ...any) error {
	err := &faultError{fmt.Errorf(format, args...).Error()}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.faults) < maxProblems {
		e.faults = append(e.faults, err)
	}
	return err
}

// pending names the calls that have not returned.
func (e *Env) pending() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	names := make([]string, 0, len(e.inCall))
	for name := range e.inCall {
		names = append(names, *name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// stack is the panicking goroutine's, without the frames of this package that
// every one has.
func stack() string {
	const most = 2 << 10
	s := string(debug.Stack())
	if _, after, ok := strings.Cut(s, "panic("); ok {
		s = "panic(" + after
	}
	if len(s) > most {
		s = s[:most] + "..."
	}
	return s
}

// cleanUp closes what the check has started. An instance that does not close is
// left behind: what closing promises is tried by checks of its own.
func (e *Env) cleanUp(ctx context.Context) {
	e.mu.Lock()
	instances := e.instances
	e.instances, e.over = nil, true
	e.mu.Unlock()
	for _, instance := range slices.Backward(instances) {
		_ = e.close(ctx, instance.Close)
	}
}

// close calls a Close, within the suite's CloseTimeout.
func (e *Env) close(ctx context.Context, closeIt func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, e.suite.CloseTimeout, errors.New("the suite's CloseTimeout"))
	defer cancel()
	_, err := call(ctx, e, "Close", func(context.Context) (struct{}, error) { return struct{}{}, closeIt() })
	return err
}
