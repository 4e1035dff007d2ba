package window_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/window"
)

func TestListings(t *testing.T) {
	s, r := open(t)
	members(t, r, "plain", 0, 0, 70_000)                // one has left the window
	members(t, r, "full", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) // at the default limit
	members(t, r, "over", 0, 0, 0)                      // above its own
	members(t, r, "short", 0, 5000)                     // own window of 1 s
	members(t, r, "closed", 0)                          // own limit of 0
	members(t, r, "a:seq", 0)
	members(t, r, "limit:y", 0)
	members(t, r, "", 0)
	for key, fields := range map[string][]any{
		"over": {"limit", 2, "window_ms", 60_000}, "short": {"limit", 10, "window_ms", 1000},
		"closed": {"limit", 0}, "idle": {"limit", 1},
	} {
		if err := r.Client.HSet(t.Context(), "ratelimit:limit:"+key, fields...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	// What is no counter.
	r.Client.Set(t.Context(), "ratelimit:plain:seq", 2, 0)
	r.Client.Set(t.Context(), "ratelimit:string", 2, 0)
	r.Client.ZAdd(t.Context(), "elsewhere", redis.Z{Member: "m"})

	counters, err := s.Counters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []window.Counter{
		{Key: "", Count: 1, Limit: 10},
		{Key: "a:seq", Count: 1, Limit: 10},
		{Key: "closed", Count: 1, Limit: 0},
		{Key: "full", Count: 10, Limit: 10},
		{Key: "limit:y", Count: 1, Limit: 10},
		{Key: "over", Count: 3, Limit: 2},
		{Key: "plain", Count: 2, Limit: 10},
		{Key: "short", Count: 1, Limit: 10},
	}
	if diff := cmp.Diff(want, counters); diff != "" {
		t.Errorf("Counters (-want +got):\n%s", diff)
	}

	blocked, err := s.Blocked(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want = []window.Counter{{"closed", 1, 0}, {"full", 10, 10}, {"over", 3, 2}}
	if diff := cmp.Diff(want, blocked); diff != "" {
		t.Errorf("Blocked (-want +got):\n%s", diff)
	}
	if got := blocked[2].Remaining(); got != 0 {
		t.Errorf("remaining = %d, want 0, never less", got)
	}
	if n := r.Client.ZCard(t.Context(), "ratelimit:plain").Val(); n != 3 {
		t.Errorf("%d members, want 3: looking changes nothing", n)
	}
}

func TestAnEmptyListing(t *testing.T) {
	s, _ := open(t)
	got, err := s.Counters(t.Context())
	if diff := cmp.Diff([]window.Counter{}, got); diff != "" || err != nil {
		t.Errorf("Counters (-want +got), %v:\n%s", err, diff)
	}
}

func TestAListingIsBounded(t *testing.T) {
	s, r := open(t)
	const counters = 1500
	pipe := r.Client.Pipeline()
	at := float64(now(t, r))
	for i := range counters {
		pipe.ZAdd(t.Context(), fmt.Sprintf("ratelimit:k%04d", i), redis.Z{Score: at, Member: "m"})
		pipe.Set(t.Context(), fmt.Sprintf("other:%04d", i), 1, 0)
	}
	full := make([]redis.Z, 10)
	for i := range full {
		full[i] = redis.Z{Score: at, Member: i}
	}
	pipe.ZAdd(t.Context(), "ratelimit:full", full...)
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := s.Counters(t.Context())
	if err != nil || len(got) != window.MaxListed {
		t.Fatalf("%d counters, %v; want %d", len(got), err, window.MaxListed)
	}
	if !slices.IsSortedFunc(got, func(a, b window.Counter) int { return strings.Compare(a.Key, b.Key) }) {
		t.Error("not in order")
	}
	blocked, err := s.Blocked(t.Context())
	if diff := cmp.Diff([]window.Counter{{"full", 10, 10}}, blocked); diff != "" || err != nil {
		t.Errorf("the one that is full is found among %d, %v (-want +got):\n%s", counters, err, diff)
	}
}

func TestAListingOfHugeKeysIsBounded(t *testing.T) {
	s, r := open(t)
	const size = 1 << 20
	for i := range 20 {
		key := fmt.Sprintf("ratelimit:%02d%s", i, strings.Repeat("k", size-2))
		if err := r.Client.ZAdd(t.Context(), key, redis.Z{Score: float64(now(t, r)), Member: "m"}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Counters(t.Context())
	if err != nil || len(got) != 16 {
		t.Errorf("%d counters, %v; want the 16 MiB that an answer may have", len(got), err)
	}
}
