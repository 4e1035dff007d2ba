package redis

import (
	"context"
	"errors"
	"math"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// reading is the step that reads one counter. It takes a second round trip if
// the key turns out to have a window of its own.
type reading struct {
	counter Counter

	card, inForce *goredis.IntCmd
	ttl           *goredis.DurationCmd
	own           *goredis.SliceCmd
}

func newReading(key string) reading { return reading{counter: Counter{Key: key}} }

func (r *reading) size() int { return len(r.counter.Key) }

func (r *reading) queue(ctx context.Context, pipe goredis.Pipeliner, keys keyspace, at moment) {
	name := keys.counter(r.counter.Key)
	again := r.counter.Own != nil
	if !again {
		r.counter.Window = at.window
		r.card = pipe.ZCard(ctx, name)
		r.ttl = pipe.PTTL(ctx, name)
		r.own = pipe.HMGet(ctx, keys.limit(r.counter.Key), limitField, windowField)
	}
	// A member leaves the window when it is exactly as old as the window is long.
	since := at.now.Add(-r.counter.Window).UnixMilli()
	r.inForce = pipe.ZCount(ctx, name, "("+strconv.FormatInt(since, 10), "+inf")
}

func (r *reading) settle(c *Client) (next step) {
	key := r.counter.Key
	r.counter.Err = nil // of an earlier attempt
	count, err := r.card.Result()
	if err != nil {
		return r.give(c.fail("ZCARD "+failure.Quote(c.keys.counter(key)), c.target, err))
	}
	inForce, err := r.inForce.Result()
	if err != nil {
		return r.give(c.fail("ZCOUNT "+failure.Quote(c.keys.counter(key)), c.target, err))
	}
	ttl, err := r.ttl.Result()
	if err != nil {
		return r.give(c.fail("PTTL "+failure.Quote(c.keys.counter(key)), c.target, err))
	}
	own, err := c.limit(key, r.own)
	if err != nil {
		return r.give(err)
	}

	again := own != nil && r.counter.Own == nil && own.Window != r.counter.Window
	r.counter.Own = own
	const noKey, noExpiry = -2, -1 // answers of PTTL
	if count == 0 || ttl == noKey {
		return nil
	}
	if own != nil {
		r.counter.Window = own.Window
	}
	r.counter.Present, r.counter.Count, r.counter.InForce = true, count, inForce
	if r.counter.NoExpiry = ttl == noExpiry; !r.counter.NoExpiry {
		r.counter.Expiry = ttl
	}
	if again {
		return r
	}
	return nil
}

func (r *reading) give(err error) step {
	r.counter = Counter{Key: r.counter.Key, Err: err}
	return nil
}

func (r *reading) err() error { return r.counter.Err }

// errNotALimit is the cause of the errors about an own limit that makes no sense.
var errNotALimit = errors.New("not a limit")

// limit makes a key's own limit of the answer to HMGET; nil without an error is
// a key without one.
func (c *Client) limit(key string, cmd *goredis.SliceCmd) (*Limit, error) {
	op := func() string { return "HMGET " + failure.Quote(c.keys.limit(key)) + " limit window_ms" }
	values, err := cmd.Result()
	if Classify(err) == failure.WrongType {
		// The counter of the user key "limit:KEY", or the sequence of another one,
		// has the name that KEY's limit would have. So there is no such limit.
		return nil, nil
	}
	if err != nil {
		return nil, c.fail(op(), c.target, err)
	}
	malformed := func(detail string) error {
		return &failure.Error{Op: op(), Target: c.target, Class: failure.Malformed, Detail: detail, Sent: true, Err: errNotALimit}
	}
	if len(values) != 2 {
		return nil, malformed("want 2 values, got " + strconv.Itoa(len(values)))
	}
	if values[0] == nil && values[1] == nil {
		return nil, nil
	}
	limit, problem := number(limitField, values[0], 0, math.MaxInt64)
	if problem != "" {
		return nil, malformed(problem)
	}
	ms, problem := number(windowField, values[1], 1, math.MaxInt64/int64(time.Millisecond))
	if problem != "" {
		return nil, malformed(problem)
	}
	return &Limit{Limit: limit, Window: time.Duration(ms) * time.Millisecond}, nil
}

// number reads a field of a limit's hash.
func number(field string, value any, least, most int64) (n int64, problem string) {
	text, ok := value.(string)
	if !ok {
		return 0, "field " + field + ": missing"
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, "field " + field + ": want a whole number of " + strconv.FormatInt(least, 10) +
			" or more, got " + failure.Quote(text)
	}
	return n, ""
}
