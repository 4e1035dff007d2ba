package cluster

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// InjectRequests puts n requests made just now into the counter of key, behind
// the limiter's back and whatever the limit, as a second, wrong writer on the
// same Redis would. A counter that is new expires after the default window, one
// that exists keeps its expiry.
func (c *Cluster) InjectRequests(ctx context.Context, key string, n int) error {
	counter := "ratelimit:" + key
	now, err := c.client.Time(ctx).Result()
	if err != nil {
		return fmt.Errorf("inject requests: %w", err)
	}
	existed, err := c.client.Exists(ctx, counter).Result()
	if err != nil {
		return fmt.Errorf("inject requests: %w", err)
	}
	members := make([]redis.Z, n)
	run := rand.Text()
	for i := range members {
		members[i] = redis.Z{Score: float64(now.UnixMilli()), Member: "injected-" + run + "-" + strconv.Itoa(i)}
	}
	_, err = c.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.ZAdd(ctx, counter, members...)
		if existed == 0 {
			pipe.PExpire(ctx, counter, c.options.DefaultWindow.Round(time.Millisecond))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("inject requests: %w", err)
	}
	return nil
}
