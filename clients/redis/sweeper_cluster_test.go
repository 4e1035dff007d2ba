package redis_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// TestSweeperOfACluster sweeps all masters, follows them, and goes on when a slot
// with its keys moves from one to another.
func TestSweeperOfACluster(t *testing.T) {
	nodes, addrs, rdb := startCluster(t)
	ctx := t.Context()
	const n = 900
	for i := range n {
		key := fmt.Sprintf("key-%d", i)
		hit(t, rdb, key, time.Hour, ages(1+i%4, time.Second)...)
		if i%30 == 0 {
			hit(t, rdb, key, time.Hour, 2*time.Minute)
			setLimit(t, rdb, key, "limit", i, "window_ms", 3_600_000)
		}
	}
	odd(t, rdb)
	wantAll := func(t *testing.T, seen picture) {
		t.Helper()
		for i := range n {
			c, want := seen[fmt.Sprintf("key-%d", i)], int64(1+i%4)
			if i%30 == 0 {
				want++ // in force only by the key's own window
			}
			if c.Err != nil || c.InForce != want || (c.Own != nil) != (i%30 == 0) {
				t.Fatalf("%+v, want %d", c, want)
			}
		}
	}
	c := newClient(t, redis.Options{Addrs: addrs})
	for name, opts := range map[string]redis.SweeperOptions{
		"Gentle": {Untracked: true}, "Fast": {Untracked: true, Chains: 4}, "Slices": {Budget: time.Microsecond, Count: 50},
	} {
		t.Run(name, func(t *testing.T) {
			sweeper, seen := newSweeper(t, c, opts), picture{}
			progress, steps := seen.pass(t, sweeper)
			wantAll(t, seen)
			if len(seen) != n+7 || progress.Total == nil || *progress.Total != progress.Swept {
				t.Errorf("%d counters in %d steps, %+v", len(seen), steps, progress)
			}
			if opts.Chains > 1 && (progress.Chains != 1 || !strings.Contains(progress.One, "Cluster")) {
				t.Errorf("%+v", progress)
			}
		})
	}

	sweeper, seen := newSweeper(t, c, redis.SweeperOptions{}), picture{}
	seen.follows(t, sweeper)
	t.Run("Follows", func(t *testing.T) {
		hit(t, rdb, "key-1", time.Hour, time.Second)
		hit(t, rdb, "a:seq", time.Hour, time.Second)
		setLimit(t, rdb, "key-2", "limit", 1, "window_ms", 1000)
		rdb.Del(ctx, "ratelimit:key-3")
		progress := seen.step(t, sweeper)
		if !progress.Following || progress.Visited.Changed != 7 || progress.Visited.Swept > 0 {
			t.Errorf("%+v", progress)
		}
		_, there := seen["key-3"]
		if seen["key-1"].InForce != 3 || seen["a:seq"].InForce != 4 || seen["key-2"].Own == nil || there {
			t.Errorf("%+v, %+v, %+v, %v", seen["key-1"], seen["a:seq"], seen["key-2"], there)
		}
	})
	t.Run("ASlotMoves", func(t *testing.T) {
		before := seen["key-4"]
		// Its key is found before, and read after.
		between, found := newSweeper(t, c, redis.SweeperOptions{Budget: time.Microsecond, Count: 100_000, Untracked: true}), picture{}
		found.step(t, between)
		slot := int(rdb.ClusterKeySlot(ctx, "ratelimit:key-4").Val())
		moveSlot(t, nodes[slot*3/16384], nodes[(slot*3/16384+1)%3], slot)
		found.pass(t, between)
		if got := found["key-4"]; got.InForce != before.InForce || got.Err != nil {
			t.Errorf("%+v, %+v", got, before)
		}
		progress := seen.follows(t, sweeper)
		if got := seen["key-4"]; got.InForce != before.InForce || got.Err != nil || progress.Differences > 0 {
			t.Errorf("%+v, %+v, %+v", got, before, progress)
		}
		clear(seen)
		if err := sweeper.Restart(ctx, "the test"); err != nil {
			t.Fatal(err)
		}
		seen.pass(t, sweeper)
		if got := seen["key-4"]; got.InForce != before.InForce {
			t.Errorf("%+v, %+v", got, before)
		}
	})
	t.Run("Writers", func(t *testing.T) {
		ctx, stop := context.WithCancel(ctx)
		var writing sync.WaitGroup
		defer writing.Wait()
		defer stop()
		writing.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				rdb.ZAdd(ctx, fmt.Sprintf("ratelimit:other-%d", i%200), goredis.Z{Score: float64(time.Now().UnixMilli()), Member: i})
				rdb.Del(ctx, fmt.Sprintf("ratelimit:other-%d", (i+100)%200))
			}
		})
		for range 30 {
			if progress := seen.step(t, sweeper); progress.Differences > 0 {
				t.Fatalf("%+v", progress)
			}
		}
		stop()
		writing.Wait()
		seen.follows(t, sweeper)
		for i := range 200 {
			key := fmt.Sprintf("other-%d", i)
			if want := rdb.ZCard(t.Context(), "ratelimit:"+key).Val(); seen[key].InForce != want {
				t.Errorf("%+v, want %d", seen[key], want)
			}
		}
	})
	t.Run("AMasterIsGone", func(t *testing.T) {
		nodes[1].kill()
		eventually(t, "the step fails", func() error {
			if _, err := sweeper.Step(t.Context(), time.Minute, nil, seen.visit); err == nil {
				return fmt.Errorf("it did not")
			}
			return nil
		})
	})
}
