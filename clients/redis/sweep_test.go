package redis_test

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
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

func newSweep(tb testing.TB, c *redis.Client, opts redis.SweepOptions) *redis.Sweep {
	tb.Helper()
	s, err := c.NewSweep(opts)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// TestSweepMissesNothing sweeps 10,000 counters over many budgets while a writer
// adds, grows and removes others, which makes Redis rehash under the scan.
func TestSweepMissesNothing(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	const n = 10_000
	fill(t, rdb, n)

	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	defer writing.Wait()
	defer stop()
	writing.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			_, _ = rdb.Pipelined(ctx, func(p goredis.Pipeliner) error {
				for j := range 50 {
					p.ZAdd(ctx, fmt.Sprintf("ratelimit:other-%d", i*50+j), goredis.Z{Member: "x"})
					p.Del(ctx, fmt.Sprintf("ratelimit:other-%d", i*50+j-5000))
				}
				return nil
			})
		}
	})

	c := s.client(t)
	for _, budget := range []redis.Budget{{Keys: 777}, {Keys: 5000}, {Keys: 10_000_000}, {Keys: 10_000_000, Time: 20 * time.Millisecond}} {
		t.Run(fmt.Sprint(budget), func(t *testing.T) {
			sweep := newSweep(t, c, redis.SweepOptions{})
			counts, limits := map[string]int64{}, map[string]redis.Limit{}
			calls := 0
			for {
				page, err := sweep.Next(ctx, budget, time.Hour)
				if err != nil {
					t.Fatal(err)
				}
				if calls++; page.Fresh != (calls == 1) || page.Round != 1 {
					t.Fatalf("call %d: fresh %v, round %d", calls, page.Fresh, page.Round)
				}
				inCall := map[string]bool{}
				for _, counter := range page.Counters {
					if counter.Err != nil || inCall[counter.Key] {
						t.Fatalf("%s: %v, repeated in the call: %v", counter.Key, counter.Err, inCall[counter.Key])
					}
					inCall[counter.Key] = true
					counts[counter.Key] = counter.Count
				}
				for _, limit := range page.Limits {
					limits[limit.Key] = limit.Limit
				}
				if page.Total == nil || page.Scanned > *page.Total {
					t.Fatalf("scanned %d of %v", page.Scanned, page.Total)
				}
				if page.Complete {
					if page.Last == nil || page.Last.Counters < n || page.Last.Limits < n/100 {
						t.Errorf("the full round is %+v", page.Last)
					}
					break
				}
				if page.Last != nil {
					t.Fatalf("a full round before there was one: %+v", page.Last)
				}
			}
			if budget.Keys < n && calls < n/budget.Keys {
				t.Errorf("%d calls: the budget of %d keys was exceeded", calls, budget.Keys)
			}
			for i := range n {
				key := fmt.Sprintf("key-%d", i)
				if counts[key] != int64(1+i%3) {
					t.Fatalf("%s: count %d, want %d", key, counts[key], 1+i%3)
				}
				if i%100 == 0 && limits[key] != (redis.Limit{Limit: int64(i), Window: time.Hour}) {
					t.Fatalf("%s: limit %+v", key, limits[key])
				}
			}
		})
	}
}

func TestSweepAgreesWithCounters(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	fill(t, rdb, 300)
	hit(t, rdb, "stale", 0, time.Hour, time.Second)
	hit(t, rdb, "malformed", time.Hour, time.Second)
	setLimit(t, rdb, "malformed", "limit", "many", "window_ms", 1)
	setLimit(t, rdb, "uncounted", "limit", 3, "window_ms", 1000)

	c := s.client(t)
	page, err := newSweep(t, c, redis.SweepOptions{Count: 50}).Next(t.Context(), redis.Budget{}, time.Minute)
	if err != nil || !page.Complete || len(page.Counters) != 302 || page.Last.Counters != 302 {
		t.Fatalf("%d counters, complete %v, %v", len(page.Counters), page.Complete, err)
	}
	if page.Scanned != *page.Total || *page.Total != rdb.DBSize(t.Context()).Val() {
		t.Errorf("scanned %d of %d", page.Scanned, *page.Total)
	}
	keys := make([]string, len(page.Counters))
	for i := range page.Counters {
		keys[i] = page.Counters[i].Key
	}
	counters, err := c.Counters(t.Context(), keys, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	sameText := cmp.Comparer(func(a, b error) bool { return fmt.Sprint(a) == fmt.Sprint(b) })
	if diff := cmp.Diff(counters, page.Counters, within(time.Second), sameText); diff != "" {
		t.Error(diff)
	}
	found := map[string]redis.OwnLimit{}
	for _, limit := range page.Limits {
		found[limit.Key] = limit
	}
	if got := found["uncounted"].Limit; len(found) != 5 || got != (redis.Limit{Limit: 3, Window: time.Second}) {
		t.Errorf("limits: %+v", found)
	}
	if got := found["malformed"].Err; failure.ClassOf(got) != failure.Malformed {
		t.Errorf("the limit that makes no sense: %v", got)
	}
}

func TestSweepRounds(t *testing.T) {
	s := startServer(t)
	c := s.client(t)
	sweep := newSweep(t, c, redis.SweepOptions{})
	for round := 1; round <= 3; round++ {
		page, err := sweep.Next(t.Context(), redis.Budget{}, time.Minute)
		if err != nil || page.Round != round || !page.Fresh || !page.Complete || page.Last.Counters != int64(round-1) {
			t.Fatalf("round %d: %+v, %v", round, page, err)
		}
		if *page.Total != page.Scanned || page.Last.Ended.Before(page.Last.Began) {
			t.Errorf("round %d: %+v", round, page)
		}
		hit(t, s.admin(t), fmt.Sprint(round), 0, time.Second)
		s.admin(t).Del(t.Context(), fmt.Sprintf("ratelimit:%d:seq", round))
	}
}

func TestSweepCostsOneTripPerPage(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	fill(t, rdb, 1000)
	var trips countTrips
	trips.count(rdb)
	c, err := redis.NewFrom(rdb, redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	page, err := newSweep(t, c, redis.SweepOptions{Count: 500}).Next(t.Context(), redis.Budget{}, time.Minute)
	if err != nil || !page.Complete {
		t.Fatalf("complete %v, %v", page.Complete, err)
	}
	// 2,010 keys in pages of about 500 are some five round trips, then come the
	// reads of the last page, the own limits found in it, and TIME once. How even
	// SCAN's pages are depends on Redis's hash seed.
	if most := int64(2*5 + 3 + 1); trips.n.Load() > most {
		t.Errorf("%d round trips, want %d at most", trips.n.Load(), most)
	}
}

func TestSweepResumesAfterAnError(t *testing.T) {
	s := startServer(t)
	fill(t, s.admin(t), 3000)
	c := s.client(t)
	sweep := newSweep(t, c, redis.SweepOptions{Count: 100})
	seen := map[string]bool{}
	take := func(page redis.Page) {
		for _, counter := range page.Counters {
			if counter.Err != nil {
				t.Errorf("%s: %v", counter.Key, counter.Err)
			}
			seen[counter.Key] = true
		}
	}
	page, err := sweep.Next(t.Context(), redis.Budget{Keys: 2000}, time.Minute)
	if err != nil || page.Complete {
		t.Fatal(page.Complete, err)
	}
	take(page)

	s.signal(t, syscall.SIGSTOP)
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		page, err = sweep.Next(ctx, redis.Budget{Keys: 1000}, time.Minute)
		cancel()
		if failure.ClassOf(err) != failure.Timeout || page.Complete || page.Fresh {
			t.Fatalf("while Redis is stopped: %+v, %v", page, err)
		}
		take(page)
	}
	s.signal(t, syscall.SIGCONT)

	for !page.Complete {
		if page, err = sweep.Next(t.Context(), redis.Budget{Keys: 1000}, time.Minute); err != nil {
			t.Fatal(err)
		}
		if page.Round != 1 || page.Fresh {
			t.Fatalf("the sweep began again: %+v", page)
		}
		take(page)
	}
	if len(seen) != 3000 {
		t.Errorf("saw %d counters, want 3000", len(seen))
	}
}

// TestSweepFindsNoMoreThanItCanRead: keys whose reads fail wait to be read again,
// and must not pile up meanwhile.
func TestSweepFindsNoMoreThanItCanRead(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	fill(t, rdb, 1000)
	var trips countTrips
	trips.count(rdb)
	c, err := redis.NewFrom(rdb, redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sweep := newSweep(t, c, redis.SweepOptions{Count: 100})
	trips.broken.Store(true)
	for range 5 {
		page, err := sweep.Next(t.Context(), redis.Budget{}, time.Minute)
		if failure.ClassOf(err) != failure.Unreachable || page.Complete {
			t.Fatalf("complete %v, %v", page.Complete, err)
		}
	}
	if n := trips.scans.Load(); n > 2 {
		t.Errorf("%d pages were fetched while none could be read", n)
	}
	trips.broken.Store(false)
	page, err := sweep.Next(t.Context(), redis.Budget{}, time.Minute)
	if err != nil || !page.Complete || page.Last.Counters != 1000 {
		t.Errorf("complete %v with %+v, %v", page.Complete, page.Last, err)
	}
}

// TestSweepOfASharedDatabase bounds the walk by the keys that the server looks
// at, not by those that are the limiter's.
func TestSweepOfASharedDatabase(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	hit(t, rdb, "k", 0, time.Second)
	for i := range 20 {
		pairs := make([]any, 0, 2000)
		for j := range 1000 {
			pairs = append(pairs, fmt.Sprintf("session:%d", i*1000+j), "x")
		}
		rdb.MSet(t.Context(), pairs...)
	}
	sweep := newSweep(t, s.client(t), redis.SweepOptions{})
	calls, found := 0, 0
	for complete := false; !complete; calls++ {
		page, err := sweep.Next(t.Context(), redis.Budget{Keys: 2000}, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		complete = page.Complete
		found += len(page.Counters)
	}
	if calls < 5 || calls > 20 || found != 1 {
		t.Errorf("%d calls for 20,002 keys by 2,000, %d counters", calls, found)
	}
}

func TestSweepByManyGoroutines(t *testing.T) {
	s := startServer(t)
	fill(t, s.admin(t), 2000)
	sweep := newSweep(t, s.client(t), redis.SweepOptions{})
	var mu sync.Mutex
	seen := map[string]int{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			page, err := sweep.Next(t.Context(), redis.Budget{Keys: 600}, time.Minute)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, counter := range page.Counters {
				seen[counter.Key]++
			}
		})
	}
	all.Wait()
	if len(seen) != 2000 {
		t.Errorf("saw %d counters, want 2000", len(seen))
	}
}

func TestSweepRefusesWhatMakesNoSense(t *testing.T) {
	c := newClient(t, redis.Options{Addrs: []string{"192.0.2.1:1"}})
	if _, err := c.NewSweep(redis.SweepOptions{Count: -1}); failure.ClassOf(err) != failure.Invalid {
		t.Errorf("a negative count: %v", err)
	}
	sweep := newSweep(t, c, redis.SweepOptions{})
	for _, budget := range []redis.Budget{{Keys: -1}, {Time: -1}} {
		if _, err := sweep.Next(t.Context(), budget, time.Minute); failure.ClassOf(err) != failure.Invalid {
			t.Errorf("%+v: %v", budget, err)
		}
	}
	if _, err := sweep.Next(t.Context(), redis.Budget{}, 0); failure.ClassOf(err) != failure.Invalid {
		t.Errorf("no window: %v", err)
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
