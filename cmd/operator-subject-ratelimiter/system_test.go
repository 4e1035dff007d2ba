//go:build conformance

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
)

// system is a rate limiter that the suite may change.
type system struct {
	*cluster.Cluster

	redis *redis.Client
}

// start starts one whose counters last, so that nothing is over by itself while
// it is looked at, and keeps it busy.
func start(t *testing.T) *system {
	t.Helper()
	binary, err := node.Node(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := &system{Cluster: cluster.New(t, cluster.Options{
		NodeBinary: binary, DefaultLimit: 1000, DefaultWindow: 10 * time.Minute, RegistrationTTL: 30 * time.Second,
	})}
	s.redis = redis.NewClient(&redis.Options{Addr: s.RedisAddr()})
	t.Cleanup(func() { _ = s.redis.Close() })
	if err := s.redis.Do(t.Context(), "ACL", "SETUSER", user, "on", ">"+password, "~*", "&*", "+@all").Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(t.Context(), cluster.LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	return s
}

// fill gives the key of the examples a counter of 30 requests made just now, and
// no limit of its own.
func (s *system) fill(ctx context.Context) error {
	const counter = "ratelimit:conformance"
	members, now := make([]redis.Z, 30), float64(time.Now().UnixMilli())
	for i := range members {
		members[i] = redis.Z{Score: now, Member: fmt.Sprintf("request-%d", i)}
	}
	_, err := s.redis.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, counter, "ratelimit:limit:conformance")
		p.ZAdd(ctx, counter, members...)
		p.PExpire(ctx, counter, 10*time.Minute)
		return nil
	})
	return err
}

// probe reads all that the limiter keeps, but for the registry, which the nodes
// keep themselves, and the counters of the load.
func (s *system) probe(ctx context.Context) (string, error) {
	var lines []string
	keys := s.redis.Scan(ctx, 0, "ratelimit:*", 1000).Iterator()
	for keys.Next(ctx) {
		key := keys.Val()
		switch {
		case strings.HasPrefix(key, "ratelimit:user:"):
		case strings.HasPrefix(key, "ratelimit:limit:"):
			limit, err := s.redis.HGetAll(ctx, key).Result()
			if err != nil {
				return "", err
			}
			lines = append(lines, fmt.Sprintf("%q has the limit %v", key, limit))
		default:
			members, err := s.redis.ZRange(ctx, key, 0, -1).Result()
			if err != nil {
				return "", err
			}
			lines = append(lines, fmt.Sprintf("%q has %q", key, members))
		}
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), "\n"), keys.Err()
}
