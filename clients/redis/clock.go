package redis

import (
	"context"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

const (
	// clockTrust is how long Redis's clock is extrapolated before it is asked
	// again: two clocks drift apart by a few ms in that time.
	clockTrust = 30 * time.Second
	// clockSlip is how far this machine's two clocks may disagree about the time
	// since then. The steady one stops while the machine is suspended.
	clockSlip = 50 * time.Millisecond
)

// clock is Redis's clock as seen from here. It saves each call the round trip
// that TIME would cost before the first ZCOUNT. It is behind by what the answer
// needed for its way back.
type clock struct {
	mu    sync.Mutex
	redis time.Time // what Redis said
	local time.Time // when that arrived; zero before it said anything
}

// set takes an answer to TIME that has just arrived.
func (c *clock) set(redis time.Time) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.redis, c.local = redis, now
}

// now is Redis's time, if it is known well enough.
func (c *clock) now() (time.Time, bool) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.local.IsZero() {
		return time.Time{}, false
	}
	steady := now.Sub(c.local)
	slip := now.Round(0).Sub(c.local.Round(0)) - steady
	if steady > clockTrust || slip.Abs() > clockSlip {
		return time.Time{}, false
	}
	return c.redis.Add(steady), true
}

// now is Redis's time. In a Cluster it is that of any one node: the limiter's
// own nodes stamp requests with less agreement than Redis's nodes have.
func (c *Client) now(ctx context.Context) (time.Time, error) {
	if now, ok := c.clock.now(); ok {
		return now, nil
	}
	now, err := ask(ctx, c, "TIME", func(ctx context.Context) (time.Time, error) { return c.rdb.Time(ctx).Result() })
	if err != nil {
		return time.Time{}, err
	}
	c.clock.set(now)
	return now, nil
}

// tick has a pipeline ask for the time, so that the clock stays fresh at no
// cost. It belongs at the pipeline's end. The function it returns takes the
// answer.
func (c *Client) tick(ctx context.Context, pipe goredis.Pipeliner) (take func()) {
	cmd := pipe.Time(ctx)
	return func() {
		if now, err := cmd.Result(); err == nil {
			c.clock.set(now)
		}
	}
}
