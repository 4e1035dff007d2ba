package window_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/redisurl"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/window"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
)

// TestOnACluster has what differs on a Cluster, or might.
func TestOnACluster(t *testing.T) {
	set, err := redisset.Start(t.Context(), redisset.Options{Shape: redisset.Cluster, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	client, err := redisurl.New(set.NodeURL(), redisurl.Options{Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(client.Close(), set.Close()); err != nil {
			t.Error(err)
		}
	})
	s := window.New(client, defaults)

	t.Run("ExactlyTheLimitIsAllowedHoweverManyAsk", func(t *testing.T) {
		const askers, limit = 120, 40
		var allowed atomic.Int64
		var all sync.WaitGroup
		for range askers {
			all.Go(func() {
				d, err := s.Check(t.Context(), "many", window.Rule{Limit: limit, WindowMS: 60_000})
				if err != nil {
					t.Error(err)
				}
				if d.Allowed {
					allowed.Add(1)
				}
			})
		}
		all.Wait()
		if n := allowed.Load(); n != limit {
			t.Errorf("%d were allowed, want %d", n, limit)
		}
		if seq := client.Get(t.Context(), "ratelimit:many:seq").Val(); seq != fmt.Sprint(limit) {
			t.Errorf("the sequence is at %s, want %d", seq, limit)
		}
		if ttl := client.PTTL(t.Context(), "ratelimit:many:seq").Val(); ttl <= 0 || ttl > time.Minute {
			t.Errorf("the sequence expires in %s", ttl)
		}
	})

	t.Run("NamesOfOtherKeysAreLeftAlone", func(t *testing.T) {
		check(t, s, "a:seq", defaults) // where the sequence of "a" would be
		before := client.PTTL(t.Context(), "ratelimit:a:seq").Val()
		check(t, s, "a", window.Rule{Limit: 5, WindowMS: 1_000_000})
		if after := client.PTTL(t.Context(), "ratelimit:a:seq").Val(); after > before {
			t.Errorf("its expiry was %s and is %s", before, after)
		}
		check(t, s, "limit:x", defaults) // where the own limit of "x" would be
		if d := check(t, s, "x", defaults); d.Limit != defaults.Limit {
			t.Errorf("the limit is %d", d.Limit)
		}
		if existed, err := s.Reset(t.Context(), "a"); !existed || err != nil {
			t.Errorf("reset: %t, %v", existed, err)
		}
		if n := client.ZCard(t.Context(), "ratelimit:a:seq").Val(); n != 1 {
			t.Error("a reset has removed another key's counter")
		}
		check(t, s, "b", defaults)
		if _, err := s.Check(t.Context(), "b:seq", defaults); !isConflict(err) {
			t.Errorf("a counter in the place of a sequence: %v", err)
		}
		if err := s.SetLimit(t.Context(), "x", defaults); !isConflict(err) {
			t.Errorf("a limit in the place of a counter: %v", err)
		}
	})

	t.Run("AListingHasAllMasters", func(t *testing.T) {
		if err := set.Admin().(*redis.ClusterClient).ForEachMaster(t.Context(), flushed); err != nil {
			t.Fatal(err)
		}
		var want, full []window.Counter
		for i := range 60 {
			key := fmt.Sprintf("k%02d", i)
			limit := int64(10)
			if i%20 == 0 {
				limit = 1
				if err := s.SetLimit(t.Context(), key, window.Rule{Limit: limit, WindowMS: 60_000}); err != nil {
					t.Fatal(err)
				}
				full = append(full, window.Counter{Key: key, Count: 1, Limit: limit})
			}
			check(t, s, key, defaults)
			want = append(want, window.Counter{Key: key, Count: 1, Limit: limit})
		}
		got, err := s.Counters(t.Context())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("Counters, %v (-want +got):\n%s", err, diff)
		}
		got, err = s.Blocked(t.Context())
		if diff := cmp.Diff(full, got); diff != "" || err != nil {
			t.Errorf("Blocked, %v (-want +got):\n%s", err, diff)
		}
	})
}

func flushed(ctx context.Context, master *redis.Client) error { return master.FlushAll(ctx).Err() }

func isConflict(err error) bool {
	_, ok := errors.AsType[*window.ConflictError](err)
	return ok
}
