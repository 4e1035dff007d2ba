package redis

import (
	"context"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// call runs fn, which may use no variable that the caller reads after an error,
// and returns when it does or when ctx ends, whichever is first. It does not
// trust fn to heed its context; an fn that was left behind ends by itself, with
// the deadline that ctx has here.
func (c *Client) call(ctx context.Context, op, target string, fn func(ctx context.Context) error) error {
	if !c.begin() {
		return c.fail(op, target, goredis.ErrClosed)
	}
	start := time.Now()
	bound, cancel := context.WithTimeout(ctx, c.timeout)
	stop := context.AfterFunc(c.life, cancel)
	type result struct{ err, ended error }
	done := make(chan result, 1)
	go func() {
		defer c.calls.Done()
		defer cancel()
		defer stop()
		err := contained(bound, fn)
		done <- result{err, bound.Err()} // before cancel makes it Canceled
	}()

	var r result
	select {
	case r = <-done:
	case <-bound.Done():
		select {
		case r = <-done: // both at once: an answer is better than none
		default:
			r = result{bound.Err(), bound.Err()}
		}
	}
	switch {
	case r.err == nil:
		return nil
	case r.ended == nil, answered(r.err):
		return c.fail(op, target, r.err)
	case ctx.Err() != nil:
		return gaveUp(op, target, ctx.Err(), time.Since(start))
	case c.life.Err() != nil:
		return c.fail(op, target, goredis.ErrClosed)
	default:
		return gaveUp(op, target, r.ended, time.Since(start))
	}
}

func (c *Client) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.calls.Add(1)
	return true
}

// contained runs fn and makes an error of a panic: go-redis indexes into answers
// that it believes to be well formed.
func contained(ctx context.Context, fn func(ctx context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("an answer that go-redis could not take: %v", p)
		}
	}()
	return fn(ctx)
}

// answered reports whether err is something the server said.
func answered(err error) bool {
	e := failure.Error{Class: Classify(err)}
	return e.Answered()
}

// gaveUp is a call whose context ended first.
func gaveUp(op, target string, cause error, after time.Duration) error {
	e := &failure.Error{
		Op: op, Target: target, Class: failure.Classify(cause), Sent: true, Err: cause,
		Detail: "no answer within " + after.Round(time.Millisecond).String(),
	}
	if e.Class == failure.Canceled {
		e.Detail = "given up by the caller after " + after.Round(time.Millisecond).String()
	}
	return e
}

// exec sends a pipeline. An error means that nothing of it was answered. Without
// one, each command has its own answer or error.
func (c *Client) exec(ctx context.Context, op, target string, pipe goredis.Pipeliner) error {
	cmds := pipe.Cmds()
	if len(cmds) == 0 {
		return nil
	}
	return c.call(ctx, op, target, func(ctx context.Context) error {
		_, err := pipe.Exec(ctx)
		failed := 0
		for _, cmd := range cmds {
			if cmd.Err() != nil {
				failed++
			}
		}
		// When the handshake is refused, no command runs and none has the error.
		if failed == 0 || (failed == len(cmds) && !aboutKey(err)) {
			return err
		}
		return nil
	})
}

// ask is call for a function that has a result.
func ask[T any](ctx context.Context, c *Client, op string, fn func(ctx context.Context) (T, error)) (T, error) {
	return askAt(ctx, c, op, c.target, fn)
}

// askAt is ask of one of several servers.
func askAt[T any](
	ctx context.Context, c *Client, op, target string, fn func(ctx context.Context) (T, error),
) (T, error) {
	answer := make(chan T, 1) // a variable would be written to by a call left behind
	err := c.call(ctx, op, target, func(ctx context.Context) error {
		v, err := fn(ctx)
		answer <- v
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return <-answer, nil
}
