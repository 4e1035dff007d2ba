package redis_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

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
