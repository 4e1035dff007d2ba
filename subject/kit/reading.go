package kit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A Reading is a value that is being read.
type Reading[T any] struct {
	done  chan struct{}
	value T
	miss  *Miss
}

// Wait waits for the reading and returns its value, or why there is none. It
// returns when the reading's time is over, whatever the source does. It may be
// called more than once, and concurrently.
func (g *Reading[T]) Wait() (T, *Miss) {
	<-g.done
	return g.value, g.miss
}

// Read starts to read a source within timeout and the round's time. read is to
// return soon after its context ends; a late result is thrown away, and until
// then the goroutine that read runs in stays. A value that comes with a
// [*Partial] error counts, and its source is partial. A panic of read is a miss:
// one source's bug is no reason to lose the others, and says nothing about the
// source.
func Read[T any](r *Round, name string, timeout time.Duration, read func(context.Context) (T, error)) *Reading[T] {
	g := &Reading[T]{done: make(chan struct{})}
	// Whose time runs out first decides what a timeout means.
	deadline, limited := r.ctx.Deadline()
	cutShort := limited && time.Until(deadline) < timeout
	ctx, cancel := context.WithTimeout(r.ctx, timeout)

	results := make(chan result[T], 1)
	start := time.Now()
	go func() {
		defer cancel()
		results <- contained(ctx, read)
	}()
	go func() {
		defer close(g.done)
		res := receive(ctx, results, r.patience)
		latency := time.Since(start)
		partial, isPartial := errors.AsType[*Partial](res.err)
		switch {
		case res.err == nil:
			g.value = res.value
			r.record(name, protocol.SourceOK, "", latency)
		case isPartial:
			g.value = res.value
			r.record(name, protocol.SourcePartial, bounded(partial.Message), latency)
		default:
			g.miss = missOf(name, res.err, latency, timeout, cutShort || r.ctx.Err() != nil)
			r.record(name, g.miss.Class, g.miss.Message, latency)
		}
	}()
	return g
}

// result is what a read function returned.
type result[T any] struct {
	value T
	err   error
}

// receive waits for a result until the context has ended, and a little longer.
func receive[T any](ctx context.Context, results <-chan result[T], patience time.Duration) result[T] {
	select {
	case res := <-results:
		return res
	case <-ctx.Done():
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case res := <-results:
		return res
	case <-late.C:
		return result[T]{err: ctx.Err()}
	}
}

// contained calls read and turns a panic into an error.
func contained[T any](ctx context.Context, read func(context.Context) (T, error)) (res result[T]) {
	defer func() {
		if p := recover(); p != nil {
			res = result[T]{err: bugOf(p)}
		}
	}()
	value, err := read(ctx)
	return result[T]{value, err}
}

func missOf(name string, err error, latency, timeout time.Duration, cutShort bool) *Miss {
	m := &Miss{Source: name, Class: SourceClassOf(err), Message: textOf(err), Err: err}
	if b, ok := errors.AsType[*bug](err); ok {
		// Of the classes this is the one that nobody takes for the source's state.
		m.Class, m.Message = protocol.SourceSkipped, name+": "+b.Error()
		return m
	}
	switch {
	case cutShort && (m.Class == protocol.SourceTimeout || m.Class == protocol.SourceDeadline):
		m.Class = protocol.SourceDeadline
		m.Message = fmt.Sprintf("%s: the observation's deadline came after %s, before the source's timeout of %s; give observations more time",
			name, latency.Round(time.Millisecond), timeout)
	case err == context.DeadlineExceeded: //nolint:errorlint // the bare error, which says nothing; a client's that wraps it does
		m.Message = fmt.Sprintf("%s: no answer within %s", name, timeout)
	}
	return m
}

// NotRead is the reading of a source that is not asked, for the given class and
// reason.
func NotRead[T any](r *Round, name string, class protocol.SourceClass, reason string) *Reading[T] {
	g := &Reading[T]{done: make(chan struct{}), miss: &Miss{Source: name, Class: class, Message: reason}}
	close(g.done)
	r.record(name, class, reason, 0)
	return g
}

// Given is a reading that needs no source: there was nothing to ask.
func Given[T any](value T) *Reading[T] {
	g := &Reading[T]{done: make(chan struct{}), value: value}
	close(g.done)
	return g
}
