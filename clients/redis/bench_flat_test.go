package redis_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// flatBudget is what a step of BenchmarkSweeperFlat may spend: so little that ten
// thousand counters take several of them.
const flatBudget = 5 * time.Millisecond

// flatSizes are 10,000 counters, ten times as many, and so on up to BENCH_FLAT, a
// million if it is not set.
func flatSizes(b *testing.B) (sizes []int) {
	b.Helper()
	largest := 1_000_000
	if text := os.Getenv("BENCH_FLAT"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 10_000 || n > 100_000_000 {
			b.Fatalf("BENCH_FLAT: want a number from 10000 to 100000000, got %q", text)
		}
		largest = n
	}
	for n := 10_000; n <= largest; n *= 10 {
		sizes = append(sizes, n)
	}
	return sizes
}

// BenchmarkSweeperFlat measures steps in keyspaces that are ten times as large
// each: those that sweep, for a budget of 5 ms, and those that follow when nothing
// has changed. All are medians of a hundred.
//
//	sweeping-of-10k   the longest of the sizes' sweeping steps to that at 10,000
//	following-of-10k  the same of the following ones
//	MB-over-idle      resident memory at its peak, at the largest size, in a process
//	                  of its own that sweeps all and follows
//	MB-at-10k         the same at 10,000
//	counters          the largest size
func BenchmarkSweeperFlat(b *testing.B) {
	l := loadedServer(b, 0)
	b.Run("Sizes", func(b *testing.B) {
		l.empty(b)
		var sweeping, following []time.Duration
		var memory []float64
		sizes := flatSizes(b)
		var s *redis.Sweeper
		for _, n := range sizes {
			l.fill(b, n)
			sweeping = append(sweeping, l.sweepingStep(b))
			memory = append(memory, float64(startChild(b, l.socket, "memory:1")())/(1<<20))
			if s != nil {
				_ = s.Close()
			}
			s = l.following(b)
			following = append(following, l.followingStep(b, s))
		}
		for b.Loop() {
			l.follow(b, s, picture{})
		}
		for i, n := range sizes {
			b.Logf("%d counters: a step sweeps for %v, follows for %v; %.1f MB", n, sweeping[i], following[i], memory[i])
		}
		b.ReportMetric(slices.Max(sweeping).Seconds()/sweeping[0].Seconds(), "sweeping-of-10k")
		b.ReportMetric(slices.Max(following).Seconds()/following[0].Seconds(), "following-of-10k")
		b.ReportMetric(memory[len(memory)-1], "MB-over-idle")
		b.ReportMetric(memory[0], "MB-at-10k")
		b.ReportMetric(float64(l.n), "counters")
	})
}

// flatSteps are how many steps the median is of.
const flatSteps = 100

// sweepingStep is how long a step takes that sweeps, and does not come to the end
// of the pass.
func (l *loaded) sweepingStep(b *testing.B) time.Duration {
	b.Helper()
	s := l.sweeper(b, redis.SweeperOptions{Untracked: true, Budget: flatBudget})
	defer func() { _ = s.Close() }()
	var took []time.Duration
	for range 100 * flatSteps {
		start := time.Now()
		progress, err := s.Step(b.Context(), time.Hour, nil, func(redis.Counter) {})
		if err != nil {
			b.Fatal(err)
		}
		if progress.Complete {
			continue
		}
		if took = append(took, time.Since(start)); len(took) == flatSteps {
			return middle(took)
		}
	}
	b.Fatalf("of %d steps, %d did not end a pass over %d counters: the budget is too large", 100*flatSteps, len(took), l.n)
	return 0
}

// following is a sweeper that follows and knows of nothing more to read.
func (l *loaded) following(b *testing.B) *redis.Sweeper {
	b.Helper()
	s := l.sweeper(b, redis.SweeperOptions{Budget: time.Minute})
	last := redis.Progress{}
	for range 10 {
		var err error
		if last, err = s.Step(b.Context(), time.Hour, nil, func(redis.Counter) {}); err != nil {
			b.Fatal(err)
		}
		if last.Following && last.Behind == 0 {
			return s
		}
	}
	b.Fatalf("it does not follow: %+v", last)
	return nil
}

func (l *loaded) followingStep(b *testing.B, s *redis.Sweeper) time.Duration {
	b.Helper()
	took := make([]time.Duration, flatSteps)
	for i := range took {
		start := time.Now()
		l.follow(b, s, picture{})
		took[i] = time.Since(start)
	}
	return middle(took)
}

func middle(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// empty takes all counters away.
func (l *loaded) empty(b *testing.B) {
	b.Helper()
	if err := l.rdb.FlushAll(b.Context()).Err(); err != nil {
		b.Fatal(fmt.Errorf("empty Redis: %w", err))
	}
	l.n = 0
}
