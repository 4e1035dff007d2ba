package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/redisurl"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/servers"
)

// Redis is a Redis that the caller has.
type Redis struct {
	// Client is a connection to it, which stays the caller's to close.
	Client redis.UniversalClient
	// Flags returns the flags by which a node reaches it: --redis, and what else
	// that needs.
	Flags func(ctx context.Context, node string) ([]string, error)
}

// haveRedis starts the Redis, unless there is one, and opens it.
func (c *Cluster) haveRedis(ctx context.Context) error {
	if other := c.options.Redis; other != nil {
		c.client = other.Client
		return nil
	}
	if err := c.startRedis(ctx); err != nil {
		return err
	}
	client, err := redisurl.Open(c.RedisURL(), 5*time.Second)
	if err != nil {
		return fmt.Errorf("open the cluster's Redis: %w", err)
	}
	c.client = client
	c.ends = append(c.ends, client.Close)
	return nil
}

// nodeRedis returns the flags by which a node reaches Redis.
func (c *Cluster) nodeRedis(ctx context.Context, id string) ([]string, error) {
	if other := c.options.Redis; other != nil {
		return other.Flags(ctx, id)
	}
	address, err := c.wire(ctx, id, c.redis.Name(), c.redis.Address())
	if err != nil {
		return nil, err
	}
	return []string{"--redis=redis://" + address + "/0"}, nil
}

func (c *Cluster) startRedis(ctx context.Context) error {
	dir := filepath.Join(c.dir, "redis")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("make the directory of redis: %w", err)
	}
	p, address, err := servers.StartRedis(ctx, dir, c.options.RedisArgs...)
	if err == nil {
		c.redis = &Server{name: "redis", address: address, url: "redis://" + address + "/0", process: p}
		return nil
	}
	missing, ok := errors.AsType[*servers.MissingError](err)
	// Who names a redis-server means that one, and wants to hear what is wrong
	// with it.
	if ok && missing.Named == "" && c.options.AllowEmbeddedRedis {
		return c.embedRedis(ctx, missing)
	}
	return err
}

// embedRedis lets an imitation in this process stand in for redis-server. The
// nodes reach it over TCP like a real one.
func (c *Cluster) embedRedis(ctx context.Context, why error) error {
	address, err := servers.Address(ctx)
	if err != nil {
		return err
	}
	embedded := miniredis.NewMiniRedis()
	embedded.ClockTTL(true) // keys expire as time passes
	if err := embedded.StartAddr(address); err != nil {
		return fmt.Errorf("start an embedded Redis on %s: %w", address, err)
	}
	c.redis = &Server{name: "redis", address: address, url: "redis://" + address + "/0", embedded: embedded.Close}
	c.options.Log.WarnContext(ctx, "an EMBEDDED IMITATION of Redis stands in for redis-server: it cannot be killed or hung, and what it shows proves nothing about a real one", "because", why)
	return nil
}
