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
	ttl           *goredis.IntCmd // in ms: Redis's may be longer than a Duration can be
	own           *goredis.Cmd
}

// longest is the longest Duration, in ms.
const longest = math.MaxInt64 / int64(time.Millisecond)

func newReading(key string) reading { return reading{counter: Counter{Key: key}} }

func (r *reading) size() int { return len(r.counter.Key) }

func (r *reading) queue(ctx context.Context, pipe goredis.Pipeliner, keys keyspace, at moment) {
	name := keys.counter(r.counter.Key)
	again := r.counter.Own != nil
	if !again {
		r.counter.Window = at.window
		r.card = pipe.ZCard(ctx, name)
		r.ttl = goredis.NewIntCmd(ctx, "pttl", name)
		_ = pipe.Process(ctx, r.ttl) // a pipeline only takes note of it
		r.own = readLimit(ctx, pipe, keys.limit(r.counter.Key))
	}
	// A member leaves the window when it is exactly as old as the window is long.
	since := at.now.Add(-r.counter.Window).UnixMilli()
	r.inForce = pipe.ZCount(ctx, name, "("+strconv.FormatInt(since, 10), "+inf")
}

func (r *reading) settle(c *Client) (again bool) {
	key := r.counter.Key
	count, err := r.card.Result()
	if ambiguous(key) && Classify(err) == failure.WrongType {
		r.absent(c) // it is another key's sequence or limit
		return false
	}
	if err != nil {
		return r.fail(c.fail("ZCARD "+failure.Quote(c.keys.counter(key)), c.target, err))
	}
	inForce, err := r.inForce.Result()
	if err != nil {
		return r.fail(c.fail("ZCOUNT "+failure.Quote(c.keys.counter(key)), c.target, err))
	}
	ttl, err := r.ttl.Result()
	if err != nil {
		return r.fail(c.fail("PTTL "+failure.Quote(c.keys.counter(key)), c.target, err))
	}
	switch name := failure.Quote(c.keys.counter(key)); {
	case count < 0:
		return r.fail(c.negative("ZCARD "+name, count))
	case inForce < 0:
		return r.fail(c.negative("ZCOUNT "+name, inForce))
	case ttl < noKey:
		return r.fail(c.negative("PTTL "+name, ttl))
	}
	own, err := c.limit(key, r.own)
	if err != nil {
		return r.fail(err)
	}

	again = own != nil && r.counter.Own == nil && own.Window != r.counter.Window
	r.counter.Own = own
	if count == 0 || ttl == noKey {
		return false
	}
	if own != nil {
		r.counter.Window = own.Window
	}
	r.counter.Present, r.counter.Count, r.counter.InForce = true, count, inForce
	if r.counter.NoExpiry = ttl == noExpiry; !r.counter.NoExpiry {
		r.counter.Expiry = time.Duration(min(ttl, longest)) * time.Millisecond
	}
	return again
}

// absent settles a key that has no counter; it may have a limit all the same.
func (r *reading) absent(c *Client) {
	own, err := c.limit(r.counter.Key, r.own)
	if err != nil {
		r.give(err)
		return
	}
	r.counter.Own = own
}

func (r *reading) give(err error) { r.counter = Counter{Key: r.counter.Key, Err: err} }

// fail is give for settle.
func (r *reading) fail(err error) (again bool) {
	r.give(err)
	return false
}

// errNotALimit is the cause of the errors about an own limit that makes no sense.
var errNotALimit = errors.New("not a limit")

// readLimit asks for the two fields of an own limit. It does not use go-redis's
// HMGet, whose reader takes an answer of any type for a list and its number for
// the length: ":99999999999" ends the process for want of memory.
func readLimit(ctx context.Context, pipe goredis.Pipeliner, name string) *goredis.Cmd {
	return pipe.Do(ctx, "hmget", name, limitField, windowField)
}

func (c *Client) limitOp(key string) string {
	return "HMGET " + failure.Quote(c.keys.limit(key)) + " limit window_ms"
}

// limit makes a key's own limit of the answer to HMGET; nil without an error is
// a key without one.
func (c *Client) limit(key string, cmd *goredis.Cmd) (*Limit, error) {
	values, err := cmd.Slice()
	if Classify(err) == failure.WrongType {
		// The counter of the user key "limit:KEY", or the sequence of another one,
		// has the name that KEY's limit would have. So there is no such limit.
		return nil, nil
	}
	if err != nil {
		return nil, c.fail(c.limitOp(key), c.target, err)
	}
	return c.parseLimit(key, values)
}

// parseLimit makes a limit of the two fields of its hash, each a string or nil.
func (c *Client) parseLimit(key string, values []any) (*Limit, error) {
	malformed := func(detail string) error {
		return &failure.Error{Op: c.limitOp(key), Target: c.target, Class: failure.Malformed, Detail: detail, Sent: true, Err: errNotALimit}
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
	ms, problem := number(windowField, values[1], 1, longest)
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
