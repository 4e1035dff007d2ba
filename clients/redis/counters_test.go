package redis_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

func setLimit(tb testing.TB, rdb goredis.Cmdable, key string, fields ...any) {
	tb.Helper()
	if err := rdb.HSet(tb.Context(), "ratelimit:limit:"+key, fields...).Err(); err != nil {
		tb.Fatal(err)
	}
}

func TestCounterValue(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	hit(t, rdb, "three", time.Hour, ages(3, time.Hour)...)
	rdb.Set(t.Context(), "ratelimit:text", "x", 0)
	c := s.client(t)

	cases := map[string]struct {
		reason  string
		key     string
		value   int64
		present bool
		class   failure.Class
	}{
		"Present":   {reason: "expired members count", key: "three", value: 3, present: true},
		"Absent":    {reason: "absent is not 0", key: "none"},
		"WrongType": {reason: "a string is not a counter", key: "text", class: failure.WrongType},
		"Sequence":  {reason: "nor is the sequence beside a counter", key: "three:seq", class: failure.WrongType},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			value, present, err := c.CounterValue(t.Context(), tc.key)
			if value != tc.value || present != tc.present || failure.ClassOf(err) != tc.class {
				t.Errorf("%s: got %d, %v, %v", tc.reason, value, present, err)
			}
		})
	}
}

func TestCounters(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	ctx := t.Context()
	const window = time.Minute

	hit(t, rdb, "plain", time.Hour, time.Second, 2*time.Second, 90*time.Second)
	hit(t, rdb, "old", time.Hour, ages(4, time.Hour)...)
	hit(t, rdb, "stale", 0, time.Second)
	hit(t, rdb, "wide", time.Hour, time.Second, 90*time.Second, 2*time.Hour)
	setLimit(t, rdb, "wide", "limit", 7, "window_ms", time.Hour.Milliseconds())
	hit(t, rdb, "narrow", time.Hour, time.Second, 30*time.Second)
	setLimit(t, rdb, "narrow", "limit", 0, "window_ms", 10_000)
	hit(t, rdb, "same", time.Hour, time.Second)
	setLimit(t, rdb, "same", "limit", 5, "window_ms", window.Milliseconds())
	setLimit(t, rdb, "unused", "limit", math.MaxInt64, "window_ms", 1)
	setLimit(t, rdb, "old:seq", "limit", 3, "window_ms", 1000)
	rdb.Set(ctx, "ratelimit:text", "x", 0)
	hit(t, rdb, "limit:plain", time.Hour, time.Second) // in the place of plain's limit
	for key, fields := range map[string][]any{
		"word": {"limit", "many", "window_ms", 1}, "negative": {"limit", -1, "window_ms", 1},
		"half": {"limit", 1}, "otherhalf": {"window_ms", 1}, "zero": {"limit", 1, "window_ms", 0},
		"endless": {"limit", 1, "window_ms", "9223372036854775807"}, "float": {"limit", 1.5, "window_ms", 1},
		"hostile": {"limit", "\x1b[31m" + strings.Repeat("9", 1000), "window_ms", 1},
	} {
		setLimit(t, rdb, key, fields...)
	}
	// An expired counter that Redis still holds must read as absent.
	hit(t, rdb, "gone", time.Millisecond, time.Second)
	asked := now(t, rdb)
	eventually(t, "Redis's clock to pass the expiry", func() error {
		if passed := now(t, rdb).Sub(asked); passed < 2*time.Millisecond {
			return fmt.Errorf("%v have passed", passed)
		}
		return nil
	})

	want := map[string]redis.Counter{
		"plain":  {Present: true, Count: 3, InForce: 2, Window: window, Expiry: time.Hour},
		"old":    {Present: true, Count: 4, InForce: 0, Window: window, Expiry: time.Hour},
		"stale":  {Present: true, Count: 1, InForce: 1, Window: window, NoExpiry: true},
		"wide":   {Present: true, Count: 3, InForce: 2, Window: time.Hour, Own: &redis.Limit{Limit: 7, Window: time.Hour}, Expiry: time.Hour},
		"narrow": {Present: true, Count: 2, InForce: 1, Window: 10 * time.Second, Own: &redis.Limit{Window: 10 * time.Second}, Expiry: time.Hour},
		"same":   {Present: true, Count: 1, InForce: 1, Window: window, Own: &redis.Limit{Limit: 5, Window: window}, Expiry: time.Hour},
		"unused": {Window: window, Own: &redis.Limit{Limit: math.MaxInt64, Window: time.Millisecond}},
		"none":   {Window: window},

		"limit:plain": {Present: true, Count: 1, InForce: 1, Window: window, Expiry: time.Hour},
		// What lies there belongs to another key, and is no counter.
		"plain:seq":  {Window: window},
		"limit:wide": {Window: window},
		"old:seq":    {Window: window, Own: &redis.Limit{Limit: 3, Window: time.Second}},

		"gone": {Window: window},
	}
	bad := map[string]failure.Class{
		"text": failure.WrongType,
		"word": failure.Malformed, "negative": failure.Malformed, "half": failure.Malformed, "otherhalf": failure.Malformed,
		"zero": failure.Malformed, "endless": failure.Malformed, "float": failure.Malformed, "hostile": failure.Malformed,
	}
	keys := slices.Concat([]string{"plain"}, slices.Collect(maps.Keys(want)), slices.Collect(maps.Keys(bad)))

	got, err := s.client(t).Counters(ctx, keys, window)
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range keys {
		if got[i].Key != key {
			t.Fatalf("counter %d is of %q, want %q: the order of the keys", i, got[i].Key, key)
		}
		if class, isBad := bad[key]; isBad {
			if diff := cmp.Diff(redis.Counter{Key: key}, got[i], cmpopts.IgnoreFields(redis.Counter{}, "Err")); diff != "" {
				t.Errorf("%s: with an error nothing else is known: %s", key, diff)
			}
			if failure.ClassOf(got[i].Err) != class {
				t.Errorf("%s: got %v, want class %s", key, got[i].Err, class)
			}
			if text := fmt.Sprint(got[i].Err); strings.ContainsRune(text, '\x1b') || len(text) > 500 {
				t.Errorf("%s: hostile text in the error: %q", key, text)
			}
			continue
		}
		w := want[key]
		w.Key = key
		if diff := cmp.Diff(w, got[i], within(time.Minute)); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
}

// within compares expiries roughly: time passes.
func within(d time.Duration) cmp.Option {
	return cmp.FilterPath(
		func(p cmp.Path) bool { return p.Last().String() == ".Expiry" },
		cmp.Comparer(func(a, b time.Duration) bool { return (a - b).Abs() < d }),
	)
}

// TestWindowEdge pins the edge down to the millisecond, by Redis's clock.
func TestWindowEdge(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	ctx := t.Context()
	now := rdb.Time(ctx).Val()
	for i, score := range []int64{
		now.Add(-time.Hour).UnixMilli(), now.Add(-time.Minute - time.Second).UnixMilli(),
		now.Add(-time.Minute + 20*time.Second).UnixMilli(), now.Add(time.Hour).UnixMilli(),
	} {
		rdb.ZAdd(ctx, "ratelimit:k", goredis.Z{Score: float64(score), Member: i})
	}
	c := s.client(t)
	for window, inForce := range map[time.Duration]int64{
		time.Millisecond: 1, time.Minute: 2, time.Minute + 30*time.Second: 3, 2 * time.Hour: 4, math.MaxInt64: 4,
	} {
		got, err := c.Counters(ctx, []string{"k"}, window)
		if err != nil || got[0].InForce != inForce {
			t.Errorf("window %v: got %d, %v, want %d", window, got[0].InForce, err, inForce)
		}
	}
	if _, err := c.Counters(ctx, []string{"k"}, time.Microsecond); failure.ClassOf(err) != failure.Invalid {
		t.Errorf("a window under a millisecond: got %v", err)
	}
}

// TestCountersCountsRoundTrips holds Counters to its bound of batches, and
// compares every count with a plain ZCARD.
func TestCountersCountsRoundTrips(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	ctx := t.Context()
	const n = 1700
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("key-%d", i)
		hit(t, rdb, keys[i], time.Hour, ages(1+i%5, time.Duration(i%3)*time.Minute)...)
	}
	for i := range 30 {
		setLimit(t, rdb, keys[i*50], "limit", 1, "window_ms", time.Hour.Milliseconds())
	}
	var trips countTrips
	trips.count(rdb)
	c, err := redis.NewFrom(rdb, redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Counters(ctx, keys, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	// TIME, four batches of 500, and the second reads of the last one.
	if most := int64(1 + 4 + 1); trips.n.Load() > most {
		t.Errorf("%d round trips, want %d at most", trips.n.Load(), most)
	}
	for i, key := range keys {
		if want := rdb.ZCard(ctx, "ratelimit:"+key).Val(); got[i].Count != want || !got[i].Present {
			t.Fatalf("%s: got %+v, want a count of %d", key, got[i], want)
		}
	}
	empty, err := c.Counters(ctx, nil, time.Minute)
	if len(empty) != 0 || err != nil {
		t.Errorf("no keys: got %v, %v", empty, err)
	}
}

func TestCountersWithoutRedisKnowNothing(t *testing.T) {
	s := startServer(t)
	c := s.client(t)
	keys := make([]string, 1200)
	s.kill()
	got, err := c.Counters(t.Context(), keys, time.Minute)
	if failure.ClassOf(err) != failure.Unreachable || len(got) != len(keys) {
		t.Fatalf("got %d counters and %v", len(got), err)
	}
	for _, counter := range got {
		if !errors.Is(counter.Err, err) {
			t.Fatalf("got %+v, want the error of the call in it", counter)
		}
	}
}
