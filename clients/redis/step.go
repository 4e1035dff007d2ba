package redis

import (
	"context"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// A step is something to read that takes a round trip, which it shares with other
// steps. What it learns may call for another.
type step interface {
	// size is about how many bytes its commands take.
	size() int
	// queue adds its commands to a pipeline.
	queue(ctx context.Context, pipe goredis.Pipeliner, keys keyspace, at moment)
	// settle takes the answers and reports whether it must be queued again.
	settle(c *Client) (again bool)
	// give settles the step with an error instead of answers.
	give(err error)
}

// moment is what the reads of one round trip have in common.
type moment struct {
	now    time.Time     // by Redis's clock
	window time.Duration // of the keys without their own
}

// read does one round trip for the steps, and for a scan if there is one. An
// error means that nothing was read; otherwise all steps can be settled. window
// is 0 when no step reads a counter: then the time is of no interest.
func (c *Client) read(ctx context.Context, steps []step, window time.Duration, s *scan) error {
	at := moment{window: window}
	if len(steps) > 0 && window > 0 {
		now, err := c.now(ctx)
		if err != nil {
			return err
		}
		at.now = now
	}

	pipe := c.rdb.Pipeline()
	if c.cluster == nil && s != nil {
		s.queue(ctx, pipe)
	}
	for _, st := range steps {
		st.queue(ctx, pipe, c.keys, at)
	}
	take := func() {}
	if c.cluster == nil && window > 0 {
		take = c.tick(ctx, pipe)
	}
	alongside := make(chan error, 1)
	if c.cluster != nil && s != nil {
		// A Cluster's masters are scanned one by one, while keys, and the limits
		// that belong to them, may be on any.
		go func() { alongside <- s.run(ctx) }()
	} else {
		alongside <- nil
	}
	op := "read counters"
	if s != nil && len(steps) == 0 {
		op = s.op()
	}
	err := c.exec(ctx, op, c.target, pipe)
	if scanErr := <-alongside; err == nil {
		err = scanErr
	}
	if err == nil {
		take()
	}
	return err
}

// aboutKey reports whether err says something of the key that was read, rather
// than of the server or the way to it: then there is no point in reading the key
// again, and the other keys are not concerned.
func aboutKey(err error) bool {
	if errors.Is(err, errNotALimit) {
		return true
	}
	switch Classify(err) {
	case failure.WrongType, failure.Forbidden, failure.Rejected:
		return true
	default:
		return false
	}
}
