package redis

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Counter is what Redis holds about one key.
type Counter struct {
	// Key is the user key, without the prefix.
	Key string
	// Err is set when the key could not be read, or holds what it must not: a
	// [failure.Error]. Nothing else is known then.
	Err error

	// Present is false when there is no counter: nothing was counted yet, or all
	// of it has expired. Own may be set all the same.
	Present bool
	// Count is the number of members (ZCARD), expired ones included; 1 or more
	// when present.
	Count int64
	// InForce is the number of members inside Window (ZCOUNT), by Redis's clock.
	InForce int64
	// Window is the window that InForce was counted over: the key's own, or the
	// default that the caller gave.
	Window time.Duration
	// Own is the key's own limit; nil when the default applies.
	Own *Limit

	// NoExpiry says that the counter has no expiry and can never drain.
	NoExpiry bool
	// Expiry is the time until the counter expires, unless NoExpiry.
	Expiry time.Duration
}

// Limit is a key's own limit: at most Limit requests per Window.
type Limit struct {
	Limit  int64
	Window time.Duration
}

// CounterValue returns the number of members of key's counter (ZCARD), expired
// ones included. present is false when there is no counter, which is not the
// same as a counter of 0: a sorted set is never empty. Something else under the
// counter's name is a WrongType error.
func (c *Client) CounterValue(ctx context.Context, key string) (value int64, present bool, err error) {
	op := "ZCARD " + failure.Quote(c.keys.counter(key))
	value, err = ask(ctx, c, op, func(ctx context.Context) (int64, error) {
		return c.rdb.ZCard(ctx, c.keys.counter(key)).Result()
	})
	if err == nil && value < 0 {
		return 0, false, c.negative(op, value)
	}
	return value, err == nil && value > 0, err
}

// negative is the error of an answer that must not be below 0.
func (c *Client) negative(op string, n int64) error {
	return &failure.Error{
		Op: op, Target: c.target, Class: failure.Malformed, Sent: true,
		Detail: "want a number of 0 or more, got " + strconv.FormatInt(n, 10),
	}
}

// Bounds of one pipeline of Counters. A pipeline is written before its answers
// are read, so both sides hold one in memory.
const (
	batchKeys  = 500
	batchBytes = 256 << 10
)

// Counters reads many counters and returns one Counter per key, in the order of
// keys. window is the limiter's default window, for the keys without their own.
//
// It takes about len(keys)/500 round trips (in a Cluster per master, at the same
// time), one more if any key has a window of its own, and one for Redis's clock
// if that was not asked for lately. They are not one snapshot.
//
// What lies under a name that may mislead, such as "KEY:seq", and is no sorted
// set belongs to another key: that is no counter, and no error either.
//
// The error is that of the first round trip that failed; the counters that it,
// or those after it, should have read carry an Err. In a Cluster that has lost a
// master, only that master's keys do, and the error is nil.
func (c *Client) Counters(ctx context.Context, keys []string, window time.Duration) ([]Counter, error) {
	if err := checkWindow(window); err != nil {
		return nil, err
	}
	readings := make([]reading, len(keys))
	fresh := make([]step, len(keys))
	for i, key := range keys {
		readings[i] = newReading(key)
		fresh[i] = &readings[i]
	}

	var failed error
	var waiting []step // second reads, for the keys with a window of their own
	for len(fresh)+len(waiting) > 0 {
		next, rest := cut(fresh)
		batch := slices.Concat(next, waiting)
		fresh, waiting = rest, nil
		if failed == nil {
			failed = c.read(ctx, batch, window, nil)
		}
		for _, s := range batch {
			if failed != nil {
				s.give(failed)
			} else if s.settle(c) {
				waiting = append(waiting, s)
			}
		}
	}

	counters := make([]Counter, len(keys))
	for i := range readings {
		counters[i] = readings[i].counter
	}
	return counters, failed
}

func checkWindow(window time.Duration) error {
	if window < time.Millisecond {
		return invalid("read counters", "the default window must be 1ms or more, got "+window.String())
	}
	return nil
}

// cut takes the next batch off steps.
func cut(steps []step) (batch, rest []step) {
	size := 0
	for i, s := range steps {
		if i == batchKeys || (i > 0 && size+s.size() > batchBytes) {
			return steps[:i:i], steps[i:]
		}
		size += s.size()
	}
	return steps, nil
}
