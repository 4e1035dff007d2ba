package redis_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// TestSweeperAgreesWithCounters compares what all ways of sweeping find with what
// Counters finds, key by key.
func TestSweeperAgreesWithCounters(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	fill(t, rdb, 3000)
	odd(t, rdb)
	hit(t, rdb, "malformed", time.Hour, time.Second)
	setLimit(t, rdb, "malformed", "limit", "many", "window_ms", 1)
	for i := 1000; i < 1200; i++ { // where own limits are many they are read at once
		setLimit(t, rdb, fmt.Sprintf("key-%d", i), "limit", i, "window_ms", 1000*i)
	}
	c := s.client(t)
	var keys []string
	for key := range plain(t, rdb) {
		keys = append(keys, key)
	}
	counters, err := c.Counters(t.Context(), keys, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	sameText := cmp.Comparer(func(a, b error) bool { return fmt.Sprint(a) == fmt.Sprint(b) })
	for name, opts := range map[string]redis.SweeperOptions{
		"Gentle":    {Untracked: true},
		"Fast":      {Chains: 4, Untracked: true},
		"SmallPage": {Count: 7, Chains: 2},
		"Tracked":   {},
	} {
		t.Run(name, func(t *testing.T) {
			sweeper, seen := newSweeper(t, c, opts), picture{}
			seen.pass(t, sweeper)
			if len(seen) != len(keys) {
				t.Errorf("%d counters, want %d", len(seen), len(keys))
			}
			compare := func(want, got redis.Counter) {
				t.Helper()
				if got.Count == redis.UnknownCount {
					want.Count = redis.UnknownCount
				}
				if diff := cmp.Diff(want, got, within(10*time.Second), sameText); diff != "" {
					t.Errorf("%.40q: %s", want.Key, diff)
				}
			}
			for _, want := range counters {
				compare(want, seen[want.Key])
			}
			// The same keys, asked for by name.
			asked := picture{}
			progress := asked.step(t, sweeper, keys...)
			if progress.Visited.Asked != len(keys) {
				t.Errorf("%d were asked for, %d read", len(keys), progress.Visited.Asked)
			}
			if opts.Untracked { // or the step may do nothing else
				return
			}
			for _, want := range counters {
				if asked[want.Key].Count != want.Count || (asked[want.Key].Err != nil) != (want.Err != nil) {
					t.Errorf("%.40q: %+v, want %+v", want.Key, asked[want.Key], want)
				}
			}
		})
	}
}

// churn writes to a keyspace until its context ends: counters come and go, by
// the thousand, which has Redis resize its table to and fro.
func churn(ctx context.Context, rdb *goredis.Client) {
	for i := 0; ctx.Err() == nil; i++ {
		for j := range 100 {
			_, _ = rdb.Pipelined(ctx, func(p goredis.Pipeliner) error {
				for k := range 100 {
					key := fmt.Sprintf("ratelimit:other-%d", j*100+k)
					if i%2 == 0 {
						p.ZAdd(ctx, key, goredis.Z{Score: float64(time.Now().UnixMilli()), Member: i})
						p.Incr(ctx, key+":seq")
					} else {
						p.Del(ctx, key, key+":seq")
					}
				}
				return nil
			})
		}
	}
}

// TestSweeperMissesNothing sweeps counters, in each way, while others come and go
// and Redis rehashes.
func TestSweeperMissesNothing(t *testing.T) {
	s := startServer(t, "--hz", "100")
	rdb := s.admin(t)
	const n = 3000
	fill(t, rdb, n)
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	defer writing.Wait()
	defer stop()
	writing.Go(func() { churn(ctx, rdb) })
	c := s.client(t)
	for name, opts := range map[string]redis.SweeperOptions{
		"Gentle": {Count: 50},
		"Two":    {Count: 50, Chains: 2},
		"Most":   {Count: 20, Chains: redis.MaxChains},
		"Slices": {Count: 20, Chains: 4, Budget: time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			opts.Untracked = true
			sweeper := newSweeper(t, c, opts)
			for range 5 {
				seen := picture{}
				progress, _ := seen.pass(t, sweeper)
				if progress.One != "" || progress.Chains != max(1, opts.Chains) {
					t.Fatalf("%d chains: %s", progress.Chains, progress.One)
				}
				for i := range n {
					key := fmt.Sprintf("key-%d", i)
					if seen[key].InForce != int64(1+i%3) {
						t.Fatalf("%s: %+v, want %d", key, seen[key], 1+i%3)
					}
				}
			}
		})
	}
}

func TestSweeperVisitsOnceInAQuietKeyspace(t *testing.T) {
	s := startServer(t)
	fill(t, s.admin(t), 5000)
	for _, chains := range []int{1, 2, 8, 16} {
		sweeper := newSweeper(t, s.client(t), redis.SweeperOptions{Chains: chains, Count: 100, Untracked: true, Budget: time.Minute})
		visits := 0
		progress, err := sweeper.Step(t.Context(), time.Minute, nil, func(redis.Counter) { visits++ })
		if err != nil || !progress.Fresh || !progress.Complete || visits != 5000 || progress.Last.Counters != 5000 {
			t.Errorf("%d chains: %d visits, %+v, %v", chains, visits, progress, err)
		}
		if progress.Total == nil || *progress.Total != progress.Swept || *progress.Total != s.admin(t).DBSize(t.Context()).Val() {
			t.Errorf("%d chains: swept %d of %v", chains, progress.Swept, progress.Total)
		}
	}
}
