package httpfault

import (
	"context"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
)

// dripInterval is the pause between two pieces of something slow: short enough
// that a timeout which begins anew with every byte does not end.
const dripInterval = 100 * time.Millisecond

// drip sends b over a time, piece by piece; what is left when ctx ends is sent at
// once.
func drip(ctx context.Context, x *network.Exchange, b []byte, over time.Duration) error {
	steps := max(1, int(over/dripInterval))
	tick := time.NewTicker(min(dripInterval, max(over, time.Millisecond)))
	defer tick.Stop()
	sent := 0
	for step := 1; step <= steps; step++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			step = steps
		}
		upTo := int(int64(len(b)) * int64(step) / int64(steps))
		if upTo == sent {
			continue
		}
		if _, err := x.Write(b[sent:upTo]); err != nil {
			return err
		}
		sent = upTo
	}
	return nil
}
