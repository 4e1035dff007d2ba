package redis_test

import (
	"context"
	"io"
	"net"
	"sync/atomic"

	goredis "github.com/redis/go-redis/v9"
)

// countTrips counts the round trips of a go-redis client, and those with a SCAN.
// While broken it has every other ZCARD fail, as when one of a Cluster's masters
// is gone.
type countTrips struct {
	n, scans atomic.Int64
	broken   atomic.Bool
}

func (c *countTrips) count(rdb goredis.UniversalClient) { rdb.AddHook(c) }

func (c *countTrips) DialHook(next goredis.DialHook) goredis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (c *countTrips) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		c.n.Add(1)
		return next(ctx, cmd)
	}
}

func (c *countTrips) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		c.n.Add(1)
		err := next(ctx, cmds)
		for i, cmd := range cmds {
			if cmd.Name() == "scan" {
				c.scans.Add(1)
			}
			if cmd.Name() == "zcard" && i%2 == 0 && c.broken.Load() {
				cmd.SetErr(io.EOF)
			}
		}
		return err
	}
}
