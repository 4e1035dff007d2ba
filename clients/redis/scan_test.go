package redis_test

import (
	"fmt"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// fill makes n counters of 1 to 3 members each, with their sequences, and an own
// limit for every hundredth.
func fill(tb testing.TB, rdb goredis.Cmdable, n int) {
	tb.Helper()
	ctx := tb.Context()
	now := float64(time.Now().UnixMilli())
	for from := 0; from < n; from += 1000 {
		_, err := rdb.Pipelined(ctx, func(p goredis.Pipeliner) error {
			for i := from; i < min(n, from+1000); i++ {
				for m := range 1 + i%3 {
					p.ZAdd(ctx, fmt.Sprintf("ratelimit:key-%d", i), goredis.Z{Score: now, Member: m})
				}
				p.Incr(ctx, fmt.Sprintf("ratelimit:key-%d:seq", i))
				if i%100 == 0 {
					p.HSet(ctx, fmt.Sprintf("ratelimit:limit:key-%d", i), "limit", i, "window_ms", 3_600_000)
				}
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
}

func TestCounterKeysStopsWhenAsked(t *testing.T) {
	s := startServer(t)
	fill(t, s.admin(t), 1000)
	c := s.client(t)
	n := 0
	for _, err := range c.CounterKeys(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 300 {
			break
		}
	}
	all := 0
	for _, err := range c.CounterKeys(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all++
	}
	if n != 300 || all != 1000 {
		t.Errorf("stopped at %d, all are %d", n, all)
	}
}
