package redis_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// hostileKeys are what callers of a rate limiter may take as a key.
func hostileKeys() []string {
	return []string{
		"", " ", "plain", "plain:seq", ":seq", "a:seq:seq", "limit:", "limit:plain", "limit:x:seq", "limit:limit:y",
		"line\nbreak", "cr\r\nlf", "nul\x00byte", "\xff\xfe\xfd", "\xe2\x82", "юникод", "名前", "🦊", "\u202eevil",
		"*", "?", "[a-z]", "[", "]", `\`, `\*`, "a/b", "..", "{tag}", "{", "a}b{c", "ratelimit:", "ratelimit:ratelimit:k",
		`"quoted"`, "\x1b[31m", "$5\r\nhello\r\n", strings.Repeat("m", 1<<20),
	}
}

func TestHostileKeys(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	ctx := t.Context()
	keys := hostileKeys()
	for i, key := range keys {
		// Members and sequence as the limiter makes them, unless a counter is in
		// the sequence's place.
		for range i + 1 {
			if err := rdb.ZAdd(ctx, "ratelimit:"+key, goredis.Z{Score: float64(time.Now().UnixMilli()), Member: time.Now().UnixNano()}).Err(); err != nil {
				t.Fatalf("%.40q: %v", key, err)
			}
		}
		if seq := "ratelimit:" + key + ":seq"; !slices.Contains(keys, key+":seq") {
			rdb.Incr(ctx, seq)
		}
	}
	// Own limits, also of keys whose counter is named like a limit.
	owned := []string{"nul\x00byte", "юникод", "uncounted", "*"}
	for _, key := range owned {
		setLimit(t, rdb, key, "limit", 3, "window_ms", 60_000)
	}
	// What is neither.
	rdb.Set(ctx, "ratelimit:foreign", "x", 0)
	rdb.RPush(ctx, "ratelimit:limit:list", "x")
	rdb.HSet(ctx, "ratelimit:hash", "limit", 1, "window_ms", 1)
	rdb.ZAdd(ctx, "xratelimit:other", goredis.Z{Member: "x"})
	c := s.client(t)

	t.Run("CounterKeys", func(t *testing.T) {
		var got []string
		for key, err := range c.CounterKeys(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, key)
		}
		sameKeys(t, keys, got)
	})
	t.Run("Counters", func(t *testing.T) {
		got, err := c.Counters(ctx, keys, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		for i := range keys {
			if got[i].Err != nil || got[i].Count != int64(i+1) || got[i].InForce != int64(i+1) {
				t.Errorf("%.40q: got %d in force of %d, %v, want %d", keys[i], got[i].InForce, got[i].Count, got[i].Err, i+1)
			}
		}
	})
	for name, opts := range map[string]redis.SweeperOptions{
		"Sweeper": {Untracked: true}, "Chains": {Untracked: true, Chains: 4}, "Following": {},
	} {
		t.Run(name, func(t *testing.T) {
			sweeper, seen, asked := newSweeper(t, c, opts), picture{}, picture{}
			seen.pass(t, sweeper)
			sameKeys(t, keys, slices.Collect(maps.Keys(seen)))
			asked.step(t, sweeper, keys...)
			for i, key := range keys {
				for _, got := range []redis.Counter{seen[key], asked[key]} {
					if got.Err != nil || got.InForce != int64(i+1) || (got.Own != nil) != slices.Contains(owned, key) {
						t.Errorf("%.40q: %d in force, own limit %v, %v, want %d", key, got.InForce, got.Own, got.Err, i+1)
					}
				}
			}
		})
	}
	t.Run("Statistics", func(t *testing.T) {
		// Looking at a keyspace must not look like errors to who watches Redis.
		rdb.ConfigResetStat(ctx)
		n := 0
		for _, err := range c.CounterKeys(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != len(keys) {
			t.Errorf("%d keys", n)
		}
		if stats := rdb.Info(ctx, "errorstats").Val(); strings.Contains(stats, "errorstat_") {
			t.Errorf("CounterKeys caused errors: %s", stats)
		}
	})
}

func TestPrefixIsLiteral(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	ctx := t.Context()
	for _, prefix := range []string{"*", "a?b:", "[x]", `back\slash:`, "new\nline:", "\xff:", "plain-"} {
		rdb.FlushDB(ctx)
		for _, name := range []string{
			prefix + "in", prefix + "limit:in", "out", "axb:out", "x-out", "backslash:out", "*" + prefix, `\` + prefix + "out",
		} {
			rdb.ZAdd(ctx, name, goredis.Z{Member: "x"})
		}
		c := newClient(t, redis.Options{Addrs: []string{s.addr}, Prefix: prefix})
		var got []string
		for key, err := range c.CounterKeys(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(prefix, "*") || strings.HasSuffix(key, "in") {
				got = append(got, key)
			}
		}
		sameKeys(t, []string{"in", "limit:in"}, got)
	}
}

// sameKeys compares two lists as sets, without repetitions.
func sameKeys(t *testing.T, want, got []string) {
	t.Helper()
	want, got = slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got))
	for i := 1; i < len(got); i++ {
		if got[i] == got[i-1] {
			t.Errorf("twice: %.60q", got[i])
		}
	}
	for _, key := range want {
		if !slices.Contains(got, key) {
			t.Errorf("missing: %.60q", key)
		}
	}
	for _, key := range got {
		if !slices.Contains(want, key) {
			t.Errorf("too many: %.60q", key)
		}
	}
}
