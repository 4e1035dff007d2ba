package redis_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

func newSweeper(tb testing.TB, c *redis.Client, opts redis.SweeperOptions) *redis.Sweeper {
	tb.Helper()
	s, err := c.NewSweeper(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

// picture is what a consumer of a sweep knows: each counter as it was last
// visited.
type picture map[string]redis.Counter

func (p picture) visit(c redis.Counter) {
	if c.Present || c.Err != nil {
		p[c.Key] = c
	} else {
		delete(p, c.Key)
	}
}

// step takes one step that must succeed.
func (p picture) step(tb testing.TB, s *redis.Sweeper, known ...string) redis.Progress {
	tb.Helper()
	progress, err := s.Step(tb.Context(), time.Minute, known, p.visit)
	if err != nil {
		tb.Fatal(err)
	}
	return progress
}

// pass steps until a full pass has ended.
func (p picture) pass(tb testing.TB, s *redis.Sweeper) (last redis.Progress, steps int) {
	tb.Helper()
	for !last.Complete {
		last = p.step(tb, s)
		steps++
	}
	return last, steps
}

// follows steps until the sweeper follows and knows of nothing more to read.
func (p picture) follows(tb testing.TB, s *redis.Sweeper) (last redis.Progress) {
	tb.Helper()
	eventually(tb, "the sweeper follows", func() error {
		if last = p.step(tb, s); last.Following && last.Behind == 0 {
			return nil
		}
		return fmt.Errorf("%+v", last)
	})
	return last
}

// plain reads all counters the slow way: SCAN for names, TYPE, and then one by
// one ZCARD and ZCOUNT.
func plain(tb testing.TB, rdb goredis.Cmdable) map[string]int64 {
	tb.Helper()
	ctx, all := tb.Context(), map[string]int64{}
	for cursor := uint64(0); ; {
		names, next, err := rdb.Scan(ctx, cursor, "ratelimit:*", 1000).Result()
		if err != nil {
			tb.Fatal(err)
		}
		kinds, cards := make([]*goredis.StatusCmd, len(names)), make([]*goredis.IntCmd, len(names))
		pipe := rdb.Pipeline()
		for i, name := range names {
			kinds[i], cards[i] = pipe.Type(ctx, name), pipe.ZCard(ctx, name)
		}
		_, _ = pipe.Exec(ctx) // ZCARD of a string fails
		for i, name := range names {
			if kinds[i].Val() == "zset" {
				all[strings.TrimPrefix(name, "ratelimit:")] = cards[i].Val()
			}
		}
		if cursor = next; cursor == 0 {
			return all
		}
	}
}

// wantPlain compares the picture with a plain pass, all of whose members are in
// force.
func (p picture) wantPlain(tb testing.TB, rdb goredis.Cmdable) {
	tb.Helper()
	want, got := plain(tb, rdb), map[string]int64{}
	for key, c := range p {
		if c.Err != nil {
			tb.Errorf("%q: %v", key, c.Err)
		}
		got[key] = c.InForce
	}
	wrong := 0
	for key, n := range want {
		if got[key] != n {
			if wrong++; wrong < 5 {
				tb.Errorf("%q: %d in force, want %d", key, got[key], n)
			}
		}
		delete(got, key)
	}
	if wrong > 0 || len(got) > 0 {
		tb.Errorf("%d of %d counters are wrong, and %d are none: %.200v", wrong, len(want), len(got), got)
	}
}

// odd makes counters whose names mislead, and beside them what is no counter.
func odd(tb testing.TB, rdb goredis.Cmdable) {
	tb.Helper()
	hit(tb, rdb, "a:seq", time.Hour, ages(3, time.Second)...)
	hit(tb, rdb, "limit:b", time.Hour, ages(2, time.Second)...)
	hit(tb, rdb, "limit:limit:c:seq:seq", time.Hour, ages(4, time.Second)...)
	hit(tb, rdb, "stale", 0, time.Second)
	hit(tb, rdb, "wide", time.Hour, ages(5, 10*time.Minute)...)
	setLimit(tb, rdb, "wide", "limit", 3, "window_ms", 3_600_000)
	setLimit(tb, rdb, "d:seq", "limit", 3, "window_ms", 1000)
	hit(tb, rdb, strings.Repeat("long ", 50_000), time.Hour, time.Second)
	hit(tb, rdb, "new\r\nline \x00 \xff", time.Hour, time.Second)
}

// TestSweeperAgreesWithCounters compares what all ways of sweeping find with what
// Counters finds, key by key.
func TestSweeperAgreesWithCounters(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	fill(t, rdb, 3000)
	odd(t, rdb)
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
				if diff := cmp.Diff(want, got, within(10*time.Second)); diff != "" {
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
				if asked[want.Key].Count != want.Count {
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

func TestSweeperKeepsToItsBudget(t *testing.T) {
	s := startServer(t)
	fill(t, s.admin(t), 20_000)
	sweeper, seen := newSweeper(t, s.client(t), redis.SweeperOptions{Budget: time.Microsecond, Count: 100, Untracked: true}), picture{}
	progress, steps := seen.pass(t, sweeper)
	if steps < 100 || len(seen) != 20_000 {
		t.Errorf("%d counters in %d steps", len(seen), steps)
	}
	if progress.Fresh || progress.Round != 1 || progress.Last.Ended.Before(progress.Last.Began) {
		t.Errorf("%+v", progress)
	}
	progress = seen.step(t, sweeper, "key-7")
	if !progress.Fresh || progress.Complete || progress.Round != 2 || progress.Visited.Asked != 1 || progress.Swept == 0 ||
		progress.Swept > *progress.Total/2 {
		t.Errorf("the step after: %+v", progress)
	}
}

func TestSweeperResumesAfterAnError(t *testing.T) {
	s := startServer(t)
	fill(t, s.admin(t), 3000)
	sweeper, seen := newSweeper(t, s.client(t), redis.SweeperOptions{Budget: time.Microsecond, Count: 100, Chains: 2}), picture{}
	for range 5 {
		seen.step(t, sweeper)
	}
	s.signal(t, syscall.SIGSTOP)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	_, err := sweeper.Step(ctx, time.Minute, nil, seen.visit)
	cancel()
	if failure.ClassOf(err) != failure.Timeout {
		t.Errorf("while Redis is stopped: %v", err)
	}
	s.signal(t, syscall.SIGCONT)
	progress, _ := seen.pass(t, sweeper)
	if progress.Round != 1 || len(seen) != 3000 {
		t.Errorf("%d counters after %+v", len(seen), progress)
	}
}

func TestSweeperBeginsAnewWhenRedisWasRestarted(t *testing.T) {
	port := freePort(t)
	s := spawn(t, port)
	if !s.ready(t) {
		t.Fatal("it does not start")
	}
	fill(t, s.admin(t), 3000)
	sweeper, seen := newSweeper(t, s.client(t), redis.SweeperOptions{Budget: time.Microsecond, Count: 100}), picture{}
	for range 5 {
		seen.step(t, sweeper)
	}
	s.kill()
	if _, err := sweeper.Step(t.Context(), time.Minute, nil, seen.visit); failure.ClassOf(err) != failure.Unreachable {
		t.Errorf("while it is gone: %v", err)
	}
	s = spawn(t, port)
	if !s.ready(t) {
		t.Fatal("it does not start again")
	}
	fill(t, s.admin(t), 3000)
	clear(seen)
	progress, _ := seen.pass(t, sweeper)
	if progress.Round != 2 || len(seen) != 3000 {
		t.Errorf("%d counters after %+v", len(seen), progress)
	}
}

func TestSweeperByManyGoroutines(t *testing.T) {
	s := startServer(t)
	fill(t, s.admin(t), 2000)
	sweeper := newSweeper(t, s.client(t), redis.SweeperOptions{Chains: 2})
	var all sync.WaitGroup
	var completed atomic.Int64
	for range 8 {
		all.Go(func() {
			progress, err := sweeper.Step(t.Context(), time.Minute, nil, func(redis.Counter) {})
			if err != nil {
				t.Error(err)
			}
			if progress.Complete {
				completed.Add(1)
			}
		})
	}
	all.Wait()
	if completed.Load() == 0 {
		t.Error("no pass was completed")
	}
}

func TestSweeperCloses(t *testing.T) {
	s := startServer(t)
	c, err := redis.New(redis.Options{Addrs: []string{s.addr}})
	if err != nil {
		t.Fatal(err)
	}
	closed, left := newSweeper(t, c, redis.SweeperOptions{}), newSweeper(t, c, redis.SweeperOptions{})
	picture{}.follows(t, closed)
	picture{}.follows(t, left)
	s.signal(t, syscall.SIGSTOP)
	ended := make(chan error, 1)
	go func() {
		_, err := closed.Step(t.Context(), time.Minute, []string{"k"}, func(redis.Counter) {})
		ended <- err
	}()
	for _, end := range []func() error{closed.Close, closed.Close, c.Close, left.Close} {
		if err := end(); err != nil {
			t.Error(err)
		}
	}
	if err := <-ended; err == nil {
		t.Error("a step of a closed sweeper succeeded")
	}
	for _, sweeper := range []*redis.Sweeper{closed, left} {
		if _, err := sweeper.Step(t.Context(), time.Minute, nil, func(redis.Counter) {}); failure.ClassOf(err) != failure.Invalid {
			t.Errorf("a step after the end: %v", err)
		}
		if err := sweeper.Restart(t.Context(), "x"); failure.ClassOf(err) != failure.Invalid {
			t.Errorf("a restart after the end: %v", err)
		}
	}
	if _, err := c.NewSweeper(redis.SweeperOptions{}); failure.ClassOf(err) != failure.Invalid {
		t.Errorf("a sweeper of a closed client: %v", err)
	}
}

func TestSweeperRefusesWhatMakesNoSense(t *testing.T) {
	c := newClient(t, redis.Options{Addrs: []string{"192.0.2.1:1"}})
	for field, opts := range map[string]redis.SweeperOptions{
		"Count": {Count: -1}, "Chains": {Chains: 3}, "Budget": {Budget: -1}, "Remembered": {Remembered: -1},
	} {
		if _, err := c.NewSweeper(opts); failure.ClassOf(err) != failure.Invalid || !strings.Contains(err.Error(), field+":") {
			t.Errorf("%s: %v", field, err)
		}
	}
	sweeper := newSweeper(t, c, redis.SweeperOptions{})
	if _, err := sweeper.Step(t.Context(), 0, nil, func(redis.Counter) {}); failure.ClassOf(err) != failure.Invalid {
		t.Errorf("no window: %v", err)
	}
	rdb := goredis.NewClient(&goredis.Options{
		Addr: "192.0.2.1:1", OnConnect: func(context.Context, *goredis.Conn) error { return nil },
	})
	defer func() { _ = rdb.Close() }()
	from, err := redis.NewFrom(rdb, redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := from.NewSweeper(redis.SweeperOptions{}); failure.ClassOf(err) != failure.Invalid {
		t.Errorf("connections that cannot be prepared: %v", err)
	}
}
