package redis

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// readApart reads, where a Cluster keeps own limits apart from their counters,
// those of the batch, by way of go-redis, which knows what is where. It goes on
// alongside the batch's own round trip; the function it returns waits for it.
// The limits belong to the probes one by one; nil where nothing was asked.
func (b *batch) readApart(ctx context.Context, c *Client) (wait func() ([]*limiting, error)) {
	if !b.apart {
		return func() ([]*limiting, error) { return nil, nil }
	}
	limits := make([]*limiting, len(b.probes))
	var steps []step
	for i := range b.probes {
		if p := &b.probes[i]; p.stage == askUse {
			limits[i] = &limiting{key: p.counter.Key}
			steps = append(steps, limits[i])
		}
	}
	done := make(chan error, 1)
	go func() {
		err := c.read(ctx, steps, 0, nil)
		for _, l := range limits {
			if err != nil {
				break
			}
			if l == nil {
				continue
			}
			if l.settle(c); l.failed != nil && !aboutKey(l.failed) {
				err = l.failed
			}
		}
		done <- err
	}()
	return func() ([]*limiting, error) { return limits, <-done }
}

// takeApart gives the probes their limits.
func (b *batch) takeApart(limits []*limiting) {
	for i, l := range limits {
		p := &b.probes[i]
		switch {
		case l == nil || p.counter.Err != nil || p.not:
		case l.failed != nil:
			p.fail(l.failed)
		case l.own != nil:
			p.own(l.own, b.at.window)
		}
	}
}

// redirect reads those keys of the batch that have moved to another master, or
// are about to, by way of go-redis, which follows them.
func (b *batch) redirect(ctx context.Context, c *Client) {
	var moved []*probe
	var keys []string
	for i := range b.probes {
		if p := &b.probes[i]; failure.ClassOf(p.counter.Err) == failure.Rejected {
			moved, keys = append(moved, p), append(keys, p.counter.Key)
		}
	}
	if len(keys) == 0 {
		return
	}
	counters, _ := c.Counters(ctx, keys, b.at.window) // each has its own error
	for i, p := range moved {
		p.counter, p.stage = counters[i], probed
		p.not = failure.ClassOf(counters[i].Err) == failure.WrongType
	}
}
