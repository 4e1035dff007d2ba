package redis_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// TestFollowing changes counters in every way there is and has the sweeper read
// these and no others.
func TestFollowing(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	fill(t, rdb, 3000)
	odd(t, rdb)
	sweeper, seen := newSweeper(t, s.client(t), redis.SweeperOptions{}), picture{}
	seen.follows(t, sweeper)
	ctx := t.Context()
	for name, change := range map[string]func(){
		"ARequest":      func() { hit(t, rdb, "key-1", time.Hour, time.Second) },
		"ANewCounter":   func() { hit(t, rdb, "new", time.Hour, time.Second) },
		"AnOddName":     func() { hit(t, rdb, "a:seq", time.Hour, time.Second) },
		"AReset":        func() { rdb.Del(ctx, "ratelimit:key-2", "ratelimit:key-2:seq") },
		"SweptOut":      func() { rdb.ZRemRangeByRank(ctx, "ratelimit:key-5", 0, 0) },
		"AnOwnLimit":    func() { setLimit(t, rdb, "key-7", "limit", 1, "window_ms", 900_000) },
		"AnOtherWindow": func() { setLimit(t, rdb, "wide", "limit", 1, "window_ms", 500_000) },
		"NoOwnLimit":    func() { rdb.Del(ctx, "ratelimit:limit:wide") },
		"NoExpiry":      func() { rdb.Persist(ctx, "ratelimit:wide") },
		"Expired": func() {
			rdb.PExpire(ctx, "ratelimit:key-8", 10*time.Millisecond)
			eventually(t, "it expires", func() error {
				if rdb.Exists(ctx, "ratelimit:key-8").Val() > 0 {
					return errors.New("it is there")
				}
				return nil
			})
		},
		"AnotherType": func() { rdb.Set(ctx, "ratelimit:key-11", "x", 0) },
		"Renamed":     func() { rdb.Rename(ctx, "ratelimit:key-12", "ratelimit:key-12:seq") },
	} {
		t.Run(name, func(t *testing.T) {
			change()
			progress := seen.step(t, sweeper)
			if !progress.Following || progress.Visited.Swept > 0 || progress.Visited.Changed > 10 || progress.Differences > 0 {
				t.Fatalf("%+v", progress)
			}
			if err := same(t, s, seen); err != nil {
				t.Error(err)
			}
		})
	}
}

// same compares the picture with what Counters finds.
func same(tb testing.TB, s *server, seen picture) error {
	tb.Helper()
	all := plain(tb, s.admin(tb))
	var keys []string
	for key := range all {
		keys = append(keys, key)
	}
	counters, err := s.client(tb).Counters(tb.Context(), keys, time.Minute)
	if err != nil {
		tb.Fatal(err)
	}
	for _, want := range counters {
		got := seen[want.Key]
		sameOwn := (got.Own == nil) == (want.Own == nil) && (got.Own == nil || *got.Own == *want.Own)
		if got.InForce != want.InForce || got.NoExpiry != want.NoExpiry || got.Window != want.Window || !sameOwn {
			return fmt.Errorf("%.40q: %+v, want %+v", want.Key, got, want)
		}
	}
	for key := range seen {
		if _, there := all[key]; !there {
			return fmt.Errorf("%.40q is gone", key)
		}
	}
	return nil
}

// TestFollowingUnderWriters follows a keyspace that changes all the time, and
// finds each counter as it is once the writers stop.
func TestFollowingUnderWriters(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	c := s.client(t)
	for name, opts := range map[string]redis.SweeperOptions{
		"Gentle": {Budget: 20 * time.Millisecond, Count: 50}, "Fast": {Chains: 4}, "Slices": {Budget: time.Millisecond, Chains: 2, Count: 20},
	} {
		t.Run(name, func(t *testing.T) {
			fill(t, rdb, 3000) // anew, so that all are in force until the end
			ctx, stop := context.WithCancel(t.Context())
			var writing sync.WaitGroup
			defer writing.Wait()
			defer stop()
			writing.Go(func() { churn(ctx, rdb) })
			sweeper, seen := newSweeper(t, c, opts), picture{}
			eventually(t, "a pass is followed", func() error {
				if progress := seen.step(t, sweeper); progress.Following && progress.Round > 0 {
					return nil
				}
				return errors.New("not yet")
			})
			for range 50 {
				progress := seen.step(t, sweeper)
				if progress.Differences > 0 || !progress.Following {
					t.Fatalf("%+v", progress)
				}
			}
			stop()
			writing.Wait()
			seen.follows(t, sweeper)
			seen.wantPlain(t, rdb)
		})
	}
}

// TestFollowingFallsBack takes away what following relies on. Each time a full
// pass begins, and says why.
func TestFollowingFallsBack(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	fill(t, rdb, 1000)
	sweeper, seen := newSweeper(t, s.client(t), redis.SweeperOptions{Remembered: 500}), picture{}
	ctx := t.Context()
	for name, tc := range map[string]struct {
		reason string
		lose   func()
		want   string
	}{
		"ConnectionLost": {
			reason: "what was told while there was no connection is not known",
			lose: func() {
				rdb.ClientKillByFilter(ctx, "TYPE", "normal", "SKIPME", "yes")
				fill(t, rdb, 1100)
			},
			want: "was lost",
		},
		"Flush": {
			reason: "no key is named",
			lose:   func() { rdb.FlushAll(ctx); fill(t, rdb, 900) },
			want:   "flushed",
		},
		"Overflow": {
			reason: "the changed keys must not grow for ever",
			lose:   func() { fill(t, rdb, 1200) },
			want:   "more counters changed",
		},
		"Caller": {
			reason: "the caller knows best",
			lose: func() {
				if err := sweeper.Restart(ctx, "the limit is another"); err != nil {
					t.Fatal(err)
				}
			},
			want: "the limit is another",
		},
	} {
		t.Run(name, func(t *testing.T) {
			clear(seen)
			_ = sweeper.Restart(ctx, "the next case")
			before := seen.follows(t, sweeper)
			tc.lose()
			var again redis.Progress
			eventually(t, "it notices", func() error {
				progress, err := sweeper.Step(ctx, time.Minute, nil, seen.visit)
				if err == nil && progress.Round > before.Round {
					again = progress
					return nil
				}
				return fmt.Errorf("%s: %+v, %w", tc.reason, progress, err)
			})
			if !again.Fresh || (!again.Following && !strings.Contains(again.Again, tc.want)) {
				t.Errorf("%s: %+v, want to hear of %q", tc.reason, again, tc.want)
			}
			seen.follows(t, sweeper)
			for key := range seen {
				if rdb.Exists(ctx, "ratelimit:"+key).Val() == 0 {
					delete(seen, key) // a pass tells of those that are
				}
			}
			seen.wantPlain(t, rdb)
		})
	}
}

// TestFollowingSaysWhyItBeganAgain holds the budget so small that the pass is
// still under way when it is reported.
func TestFollowingSaysWhyItBeganAgain(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	fill(t, rdb, 5000)
	sweeper, seen := newSweeper(t, s.client(t), redis.SweeperOptions{Budget: time.Microsecond, Remembered: 10_000}), picture{}
	seen.follows(t, sweeper)
	rdb.FlushAll(t.Context())
	fill(t, rdb, 5000)
	if progress := seen.step(t, sweeper); progress.Following || !strings.Contains(progress.Again, "flushed") {
		t.Errorf("%+v", progress)
	}
	if progress := seen.follows(t, sweeper); progress.Again != "" || progress.Round < 2 {
		t.Errorf("%+v", progress)
	}

	// More changes while the pass is under way than is remembered.
	small := newSweeper(t, s.client(t), redis.SweeperOptions{Budget: time.Microsecond, Remembered: 100})
	seen.step(t, small)
	fill(t, rdb, 500)
	if progress, _ := seen.pass(t, small); progress.Following || !strings.Contains(progress.Again, "more counters changed") {
		t.Errorf("%+v", progress)
	}
}

// TestFollowingWindowsThatMove has counters drain without a request: nothing
// changes in Redis, and they are read again all the same.
func TestFollowingWindowsThatMove(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	const n = 300
	for i := range n {
		hit(t, rdb, fmt.Sprintf("key-%d", i), time.Hour, time.Millisecond)
	}
	for name, tc := range map[string]struct {
		reason     string
		remembered int
		rounds     int
	}{
		"Remembered":    {reason: "each is read again after its window", remembered: 1000, rounds: 1},
		"NotRemembered": {reason: "there were too many, so a full pass must read them", remembered: n / 2, rounds: 2},
	} {
		t.Run(name, func(t *testing.T) {
			const window = 2 * time.Second
			for i := range n {
				rdb.ZAdd(t.Context(), fmt.Sprintf("ratelimit:key-%d", i), goredis.Z{Score: float64(time.Now().UnixMilli()), Member: name})
			}
			sweeper, seen := newSweeper(t, s.client(t), redis.SweeperOptions{Remembered: tc.remembered}), picture{}
			last := redis.Progress{}
			inForce := func() (sum int64) {
				var err error
				if last, err = sweeper.Step(t.Context(), window, nil, seen.visit); err != nil {
					t.Fatal(err)
				}
				for _, c := range seen {
					sum += c.InForce
				}
				return sum
			}
			if sum := inForce(); sum < n || len(seen) != n {
				t.Fatalf("%d in force of %d", sum, len(seen))
			}
			eventually(t, "all have left their windows", func() error {
				if sum := inForce(); sum > 0 {
					return fmt.Errorf("%d are in force: %+v", sum, last)
				}
				return nil
			})
			if last.Round < tc.rounds || (tc.rounds == 1 && last.Round != 1) || last.Differences > 0 {
				t.Errorf("%s: %+v", tc.reason, last)
			}
		})
	}
}

// TestFollowingVerifies has the connection over which changes are told swallow
// what it is told of one counter: the background verification finds out.
func TestFollowingVerifies(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	for i := range 100 {
		hit(t, rdb, fmt.Sprintf("key-%d", i), time.Hour, time.Second)
	}
	var deaf atomic.Bool
	c := newClient(t, redis.Options{Addrs: []string{s.addr}, Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
		cn, err := new(net.Dialer).DialContext(ctx, network, addr)
		return &muffled{Conn: cn, deaf: &deaf}, err
	}})
	sweeper, seen := newSweeper(t, c, redis.SweeperOptions{}), picture{}
	for range 30 {
		if progress := seen.step(t, sweeper); !progress.Following || progress.Differences > 0 {
			t.Fatalf("%+v", progress)
		}
	}
	deaf.Store(true)
	hit(t, rdb, "key-7", time.Hour, time.Second)
	var progress redis.Progress
	eventually(t, "a difference is found", func() error {
		if progress = seen.step(t, sweeper); progress.Differences == 0 {
			return fmt.Errorf("%+v", progress)
		}
		return nil
	})
	d := progress.Difference
	if progress.Differences != 1 || d == nil || d.Is.Key != "key-7" || d.Was.Count != 1 || d.Is.Count != 2 ||
		progress.Following || progress.Again == "" {
		t.Errorf("%+v, %+v", progress, d)
	}
	deaf.Store(false)
	if progress = seen.follows(t, sweeper); progress.Differences != 1 || progress.Round != 2 {
		t.Errorf("%+v", progress)
	}
	seen.wantPlain(t, rdb)
}

// muffled is a connection that takes the names out of invalidations while deaf:
// they name a key that is not the limiter's.
type muffled struct {
	net.Conn
	deaf *atomic.Bool
}

func (m *muffled) Read(b []byte) (int, error) {
	n, err := m.Conn.Read(b)
	if m.deaf.Load() && strings.Contains(string(b[:n]), "invalidate") {
		copy(b, strings.ReplaceAll(string(b[:n]), "ratelimit:", "somewhere:"))
	}
	return n, err
}

// TestFollowingIsRefused has Redis refuse to tell what changes: the sweep goes on
// without.
func TestFollowingIsRefused(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	fill(t, rdb, 500)
	const may = "+ping +time +scan +type +dbsize +zcard +zcount +pttl +hmget"
	for name, tc := range map[string]struct {
		reason string
		rules  string
		off    bool
		one    bool
	}{
		"Least":      {reason: "what the client always needed is enough", rules: may, off: true, one: true},
		"NoTracking": {reason: "HELLO alone is not enough to follow", rules: may + " +hello +info +exists", off: true},
		"All":        {reason: "with these it follows", rules: may + " +hello +info +exists +client|tracking"},
	} {
		t.Run(name, func(t *testing.T) {
			args := []any{"ACL", "SETUSER", "u" + name, "reset", "on", ">secret", "~ratelimit:*"}
			for rule := range strings.FieldsSeq(tc.rules) {
				args = append(args, rule)
			}
			if err := rdb.Do(t.Context(), args...).Err(); err != nil {
				t.Fatal(err)
			}
			c := newClient(t, redis.Options{Addrs: []string{s.addr}, Username: "u" + name, Password: "secret"})
			sweeper, seen := newSweeper(t, c, redis.SweeperOptions{Chains: 2}), picture{}
			seen.pass(t, sweeper)
			progress := seen.step(t, sweeper)
			if (progress.Off != "") != tc.off || progress.Following == tc.off || (progress.One != "") != tc.one {
				t.Errorf("%s: %+v", tc.reason, progress)
			}
			if strings.Contains(progress.Off, "secret") {
				t.Errorf("the password is told: %s", progress.Off)
			}
			seen.wantPlain(t, rdb)
			for key, c := range seen {
				var i int
				if _, err := fmt.Sscanf(key, "key-%d", &i); err != nil || (c.Own != nil) != (i%100 == 0) {
					t.Errorf("%s: own limit %v", key, c.Own)
				}
			}
		})
	}
}
