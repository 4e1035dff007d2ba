package redis_test

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// startCluster starts a Redis Cluster of three masters and waits until each
// node sees it whole.
func startCluster(t *testing.T) (nodes []*server, addrs []string, rdb *goredis.ClusterClient) {
	t.Helper()
	for range 3 {
		s := startNode(t)
		nodes, addrs = append(nodes, s), append(addrs, s.addr)
	}
	ctx := t.Context()
	for i, s := range nodes {
		admin := s.admin(t)
		if err := admin.ClusterAddSlotsRange(ctx, i*16384/3, (i+1)*16384/3-1).Err(); err != nil {
			t.Fatal(err)
		}
		meet(t, s, nodes[0])
	}
	for _, s := range nodes {
		eventually(t, "the Cluster is whole", func() error {
			info := s.admin(t).ClusterInfo(ctx).Val()
			if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_slots_ok:16384") {
				return fmt.Errorf("%s says %s", s.addr, info)
			}
			return nil
		})
	}
	rdb = goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: addrs, DisableRoutingPolicies: true})
	t.Cleanup(func() { _ = rdb.Close() })
	return nodes, addrs, rdb
}

// startNode starts a node that belongs to no Cluster yet. Redis's own choice for
// the bus port is 10,000 above: too high for some free ports. A master stays one when its last slot has gone.
func startNode(t *testing.T) *server {
	t.Helper()
	return startServer(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port", freePort(t),
		"--cluster-require-full-coverage", "no", "--cluster-allow-replica-migration", "no")
}

// meet has a node join the Cluster of another.
func meet(t *testing.T, s, other *server) {
	t.Helper()
	host, port, _ := strings.Cut(other.addr, ":")
	bus := other.admin(t).ConfigGet(t.Context(), "cluster-port").Val()["cluster-port"]
	if err := s.admin(t).Do(t.Context(), "CLUSTER", "MEET", host, port, bus).Err(); err != nil {
		t.Fatal(err)
	}
}

func TestCluster(t *testing.T) {
	nodes, addrs, rdb := startCluster(t)
	ctx := t.Context()
	const n = 900
	keys := make([]string, 0, n)
	for i := range n {
		key := fmt.Sprintf("key-%d", i)
		keys = append(keys, key)
		hit(t, rdb, key, time.Hour, ages(1+i%4, time.Second)...)
		if i%30 == 0 {
			hit(t, rdb, key, time.Hour, 2*time.Minute)
			setLimit(t, rdb, key, "limit", i, "window_ms", 3_600_000) // mostly on another master
		}
	}
	for _, s := range nodes {
		if size := s.admin(t).DBSize(ctx).Val(); size < n/3 {
			t.Fatalf("%s has %d keys: they are not spread", s.addr, size)
		}
	}
	wantAll := func(t *testing.T, counters []redis.Counter) {
		t.Helper()
		if len(counters) != n {
			t.Errorf("%d counters, want %d", len(counters), n)
		}
		for _, c := range counters {
			var i int
			if _, err := fmt.Sscanf(c.Key, "key-%d", &i); err != nil || c.Err != nil {
				t.Fatalf("%s: %v, %v", c.Key, err, c.Err)
			}
			want := int64(1 + i%4)
			if i%30 == 0 {
				want++ // in force only by the key's own window
			}
			if (c.Count != want && c.Count != redis.UnknownCount) || c.InForce != want || (c.Own != nil) != (i%30 == 0) {
				t.Fatalf("%+v, want %d", c, want)
			}
		}
	}

	existing, err := redis.NewFrom(rdb, redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*redis.Client{
		"Addrs":    newClient(t, redis.Options{Addrs: addrs}),
		"OneAddr":  newClient(t, redis.Options{Addrs: addrs[:1], Cluster: true}),
		"URL":      newClient(t, redis.Options{URL: "redis://" + addrs[2], Cluster: true}),
		"Existing": existing,
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.Ping(ctx); err != nil {
				t.Error(err)
			}
			var got []string
			for key, err := range c.CounterKeys(ctx) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, key)
			}
			sameKeys(t, keys, got)

			counters, err := c.Counters(ctx, keys, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			wantAll(t, counters)

			seen := picture{}
			seen.pass(t, newSweeper(t, c, redis.SweeperOptions{}))
			wantAll(t, slices.Collect(maps.Values(seen)))
		})
	}

	t.Run("NotConfiguredAsOne", func(t *testing.T) {
		c := newClient(t, redis.Options{Addrs: addrs[:1]})
		counters, err := c.Counters(ctx, keys, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		moved := 0
		for _, counter := range counters {
			if failure.ClassOf(counter.Err) == failure.Rejected && strings.Contains(counter.Err.Error(), "configure it as one") {
				moved++
			}
		}
		if moved < n/3 {
			t.Errorf("%d keys say that this is a Cluster", moved)
		}
	})
	t.Run("BrokenConnections", func(t *testing.T) {
		// What one master answers is kept while another's connections break, here
		// after too few bytes for the limits that it holds.
		var broken atomic.Bool
		c := newClient(t, redis.Options{Addrs: addrs, Dialer: dialFlaky(func(addr string) int {
			if broken.Load() && addr == addrs[1] {
				return 250
			}
			return math.MaxInt
		})})
		for name, opts := range map[string]redis.SweeperOptions{"Untracked": {Untracked: true}, "Tracked": {}} {
			sweeper, seen := newSweeper(t, c, opts), picture{}
			for call, complete := 0, false; !complete; call++ {
				broken.Store(call < 5)
				progress, err := sweeper.Step(ctx, time.Minute, nil, seen.visit)
				// Connections that were made while it was broken break once more later.
				if (broken.Load() && err == nil) || (progress.Complete && err != nil) || call > 20 {
					t.Fatalf("%s: call %d: %+v, %v", name, call, progress, err)
				}
				complete = progress.Complete
			}
			wantAll(t, slices.Collect(maps.Values(seen)))
		}
	})
	t.Run("MasterStopped", func(t *testing.T) { testMasterStopped(t, nodes, addrs, keys) })
}

// testMasterStopped takes a master away: what the others hold can still be read,
// and what it holds is unknown, in time.
func testMasterStopped(t *testing.T, nodes []*server, addrs, keys []string) {
	t.Helper()
	c := newClient(t, redis.Options{Addrs: addrs})
	if err := c.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	sweeper := newSweeper(t, c, redis.SweeperOptions{})
	nodes[1].signal(t, syscall.SIGSTOP)

	for name, call := range everyCall(c) {
		if name == "CounterValue" || name == "Counters" {
			continue // these may not need the stopped master
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		start := time.Now()
		err := call(ctx)
		cancel()
		if err == nil || time.Since(start) > time.Second {
			t.Errorf("%s: %v after %v", name, err, time.Since(start))
		}
	}

	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	progress, err := sweeper.Step(ctx, time.Minute, nil, func(redis.Counter) {})
	if err == nil || progress.Complete {
		t.Errorf("%+v, %v", progress, err)
	}

	nodes[1].kill()
	eventually(t, "the Cluster notices", func() error {
		counters, err := c.Counters(t.Context(), keys, time.Minute)
		if err != nil {
			return err
		}
		read, unknown := 0, 0
		for _, counter := range counters {
			if counter.Err == nil {
				read++
			} else if counter.Present || counter.Count != 0 {
				t.Fatalf("unknown and yet known: %+v", counter)
			} else {
				unknown++
			}
		}
		if read < len(keys)/2 || unknown < len(keys)/5 {
			return fmt.Errorf("%d read, %d unknown", read, unknown)
		}
		return nil
	})
	progress, err = sweeper.Step(t.Context(), time.Minute, nil, func(redis.Counter) {})
	if err == nil || progress.Complete {
		t.Errorf("a killed master: %+v, %v", progress, err)
	}
}
