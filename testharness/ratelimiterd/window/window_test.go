package window_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/internal/redistest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/window"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var defaults = window.Rule{Limit: 10, WindowMS: 60_000}

func open(t *testing.T) (*window.Store, *redistest.Redis) {
	t.Helper()
	r := redistest.New(t)
	return window.New(r.Client, defaults), r
}

func check(t *testing.T, s *window.Store, key string, rule window.Rule) window.Decision {
	t.Helper()
	d, err := s.Check(t.Context(), key, rule)
	if err != nil {
		t.Fatalf("check %q: %v", key, err)
	}
	return d
}

func now(t *testing.T, r *redistest.Redis) int64 {
	t.Helper()
	at, err := r.Client.Time(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

// members puts requests at these ages in ms into a key's counter.
func members(t *testing.T, r *redistest.Redis, key string, ages ...int64) {
	t.Helper()
	begin := now(t, r)
	for i, age := range ages {
		err := r.Client.ZAdd(t.Context(), "ratelimit:"+key, redis.Z{Score: float64(begin - age), Member: fmt.Sprint(i, "-", age)}).Err()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestALimitIsALimit(t *testing.T) {
	s, r := open(t)
	rule := window.Rule{Limit: 3, WindowMS: 60_000}
	for i := range int64(3) {
		want := window.Decision{Allowed: true, Count: i + 1, Limit: 3}
		if diff := cmp.Diff(want, check(t, s, "k", rule)); diff != "" {
			t.Errorf("request %d (-want +got):\n%s", i+1, diff)
		}
	}
	got := check(t, s, "k", rule)
	if got.RetryAfterMS < 50_000 || got.RetryAfterMS > 60_000 {
		t.Errorf("retry after %d ms, want what is left of the window", got.RetryAfterMS)
	}
	got.RetryAfterMS = 0
	if diff := cmp.Diff(window.Decision{Count: 3, Limit: 3}, got); diff != "" {
		t.Errorf("the fourth request (-want +got):\n%s", diff)
	}
	if n := r.Client.ZCard(t.Context(), "ratelimit:k").Val(); n != 3 {
		t.Errorf("%d members, want 3: a blocked request is not counted", n)
	}
}

// The layout is shared with other implementations.
func TestTheLayoutInRedis(t *testing.T) {
	s, r := open(t)
	begin := now(t, r)
	check(t, s, "k", defaults)
	check(t, s, "k", window.Rule{Limit: 10, WindowMS: 30_000})
	end := now(t, r)

	for _, z := range r.Client.ZRangeWithScores(t.Context(), "ratelimit:k", 0, -1).Val() {
		if z.Score < float64(begin) || z.Score > float64(end) {
			t.Errorf("score %v is not the time in ms (%d to %d)", z.Score, begin, end)
		}
	}
	if seq := r.Client.Get(t.Context(), "ratelimit:k:seq").Val(); seq != "2" {
		t.Errorf("seq = %q, want 2", seq)
	}
	for _, name := range []string{"ratelimit:k", "ratelimit:k:seq"} {
		if ttl := r.Client.PTTL(t.Context(), name).Val(); ttl <= 25*time.Second || ttl > 30*time.Second {
			t.Errorf("%s expires in %s, want the window of the last check", name, ttl)
		}
	}
	if err := s.SetLimit(t.Context(), "k", window.Rule{Limit: 5, WindowMS: 1000}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"limit": "5", "window_ms": "1000"}
	if diff := cmp.Diff(want, r.Client.HGetAll(t.Context(), "ratelimit:limit:k").Val()); diff != "" {
		t.Errorf("own limit (-want +got):\n%s", diff)
	}
	if ttl := r.Client.PTTL(t.Context(), "ratelimit:limit:k").Val(); ttl != -1 {
		t.Errorf("an own limit expires in %s, want never", ttl)
	}
}

func TestTheWindowSlides(t *testing.T) {
	cases := map[string]struct {
		reason    string
		limit     int64
		ages      []int64 // of the requests before, in ms
		allowed   bool
		count     int64
		retryFrom int64 // lowest and highest retry in ms
		retryTo   int64
		left      int64 // members afterwards
	}{
		"Empty":          {"A first request is allowed.", 3, nil, true, 1, 0, 0, 1},
		"OldOnesLeave":   {"What is older than the window does not count, and goes.", 2, []int64{70_000, 61_000, 100}, true, 2, 0, 0, 2},
		"Full":           {"The next may pass when the oldest leaves.", 2, []int64{59_000, 100}, false, 2, 1, 1000, 2},
		"OverFull":       {"Above the limit it is not the oldest that makes room, but the one that brings the count below.", 2, []int64{59_000, 30_000, 20_000}, false, 3, 25_000, 30_000, 3},
		"ALimitOfZero":   {"Never: the window is as good a time to ask again as any.", 0, []int64{100}, false, 1, 60_000, 60_000, 1},
		"FromTheFuture":  {"A wrong clock elsewhere blocks for one window at most.", 1, []int64{-900_000}, false, 1, 60_000, 60_000, 1},
		"ExactlyTheEdge": {"A request as old as the window is outside.", 1, []int64{60_000}, true, 1, 0, 0, 1},
	}
	s, r := open(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			members(t, r, name, tc.ages...)
			got := check(t, s, name, window.Rule{Limit: tc.limit, WindowMS: 60_000})
			if got.Allowed != tc.allowed || got.Count != tc.count || got.Limit != tc.limit {
				t.Errorf("%s\ngot %+v", tc.reason, got)
			}
			if got.RetryAfterMS < tc.retryFrom || got.RetryAfterMS > tc.retryTo {
				t.Errorf("%s\nretry after %d ms, want %d to %d", tc.reason, got.RetryAfterMS, tc.retryFrom, tc.retryTo)
			}
			if left := r.Client.ZCard(t.Context(), "ratelimit:"+name).Val(); left != tc.left {
				t.Errorf("%s\n%d members are left, want %d", tc.reason, left, tc.left)
			}
		})
	}
}

func TestABlockedKeyIsFreeAgain(t *testing.T) {
	s, _ := open(t)
	rule := window.Rule{Limit: 1, WindowMS: 200}
	if !check(t, s, "k", rule).Allowed {
		t.Fatal("the first request was blocked")
	}
	if check(t, s, "k", rule).Allowed {
		t.Fatal("the second request was allowed")
	}
	if err := wait.For(t.Context(), "the window to pass", func() (bool, error) {
		d, err := s.Check(t.Context(), "k", rule)
		return d.Allowed, err
	}); err != nil {
		t.Error(err)
	}
}

func TestWhichLimitIsInForce(t *testing.T) {
	cases := map[string]struct {
		reason string
		own    map[string]any // the hash as somebody wrote it
		want   window.Rule
	}{
		"TheRequests":    {"Without an own limit the request's counts.", nil, window.Rule{Limit: 7, WindowMS: 7000}},
		"ItsOwn":         {"The own limit wins.", map[string]any{"limit": 2, "window_ms": 2000}, window.Rule{Limit: 2, WindowMS: 2000}},
		"OnlyLimit":      {"Each by itself.", map[string]any{"limit": 2}, window.Rule{Limit: 2, WindowMS: 7000}},
		"OnlyWindow":     {"Each by itself.", map[string]any{"window_ms": 2000}, window.Rule{Limit: 7, WindowMS: 2000}},
		"Zero":           {"Zero is a limit.", map[string]any{"limit": 0}, window.Rule{Limit: 0, WindowMS: 7000}},
		"Negative":       {"The recorded service takes one; it allows nothing.", map[string]any{"limit": -1}, window.Rule{Limit: -1, WindowMS: 7000}},
		"NotNumbers":     {"What is no number is not there.", map[string]any{"limit": "many", "window_ms": "1.5"}, window.Rule{Limit: 7, WindowMS: 7000}},
		"NoWindow":       {"A window of nothing is no window.", map[string]any{"window_ms": 0}, window.Rule{Limit: 7, WindowMS: 7000}},
		"Infinite":       {"Lua's tonumber knows infinity, a limit does not.", map[string]any{"limit": "inf", "window_ms": "nan"}, window.Rule{Limit: 7, WindowMS: 7000}},
		"VeryLarge":      {"Up to what Lua can count exactly.", map[string]any{"limit": int64(1) << 53}, window.Rule{Limit: 1 << 53, WindowMS: 7000}},
		"MoreThanExact":  {"Beyond that it is no number.", map[string]any{"limit": "90071992547409930"}, window.Rule{Limit: 7, WindowMS: 7000}},
		"ForeignMembers": {"Other fields are somebody's business.", map[string]any{"limit": 2, "owner": "ops"}, window.Rule{Limit: 2, WindowMS: 7000}},
	}
	s, r := open(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.own != nil {
				if err := r.Client.HSet(t.Context(), "ratelimit:limit:"+name, tc.own).Err(); err != nil {
					t.Fatal(err)
				}
			}
			members(t, r, name, 0)
			got := check(t, s, name, window.Rule{Limit: 7, WindowMS: 7000})
			if got.Limit != tc.want.Limit || got.Allowed != (tc.want.Limit > 1) {
				t.Errorf("%s\ngot %+v, want a limit of %d", tc.reason, got, tc.want.Limit)
			}
			ttl := r.Client.PTTL(t.Context(), "ratelimit:"+name).Val().Milliseconds()
			if ttl > tc.want.WindowMS || ttl < tc.want.WindowMS-1900 {
				t.Errorf("%s\nthe counter expires in %d ms, want a window of %d", tc.reason, ttl, tc.want.WindowMS)
			}
		})
	}
}

func TestExactlyTheLimitIsAllowedHoweverManyAsk(t *testing.T) {
	_, r := open(t)
	const askers, limit = 200, 50
	var allowed atomic.Int64
	var all sync.WaitGroup
	for range 4 { // four nodes
		client := redistest.Client(t, r.URL, 20*time.Second)
		s := window.New(client, defaults)
		for range askers / 4 {
			all.Go(func() {
				for range 3 {
					d, err := s.Check(t.Context(), "k", window.Rule{Limit: limit, WindowMS: 60_000})
					if err != nil {
						t.Error(err)
					}
					if d.Allowed {
						allowed.Add(1)
					}
				}
			})
		}
	}
	all.Wait()
	if n := allowed.Load(); n != limit {
		t.Errorf("%d requests were allowed, want exactly %d", n, limit)
	}
	if n := r.Client.ZCard(t.Context(), "ratelimit:k").Val(); n != limit {
		t.Errorf("%d members, want %d: two requests of one millisecond are two members", n, limit)
	}
}

func TestRedisForgetsItsScripts(t *testing.T) {
	s, r := open(t)
	check(t, s, "k", defaults)
	if err := r.Client.ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if got := check(t, s, "k", defaults); got.Count != 2 {
		t.Errorf("count = %d, want 2: a script that has to be sent again runs once", got.Count)
	}
}

func TestErrorsOfRedisSurvive(t *testing.T) {
	s, r := open(t)
	if err := r.Client.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	_, err := s.Check(t.Context(), "k", defaults)
	if refusal, ok := errors.AsType[redis.Error](err); !ok || !strings.HasPrefix(refusal.Error(), "OOM") {
		t.Errorf("error = %v, want Redis's own OOM", err)
	}
	if n := r.Client.DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("a check that failed left %d names", n)
	}
}
