package redis_test

import (
	"fmt"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// BenchmarkSweeperChanged has one counter of a hundred change, and reads those
// that did. of-full-sweep is its wall to that of a full pass. The pass before, and
// the following after it, are compared key by key with plain passes while writers
// run.
func BenchmarkSweeperChanged(b *testing.B) {
	l := loadedServer(b, benchSize(b))
	s := l.sweeper(b, redis.SweeperOptions{Chains: 4, Remembered: max(redis.DefaultRemembered, l.n/50), Budget: time.Minute})
	audited := newAudit(l.n)
	audited.pass(b, l, s)
	audited.follow(b, l, s)
	whole := l.fullPass(b, l.sweeper(b, redis.SweeperOptions{Chains: 4, Untracked: true}))

	seen := picture{}
	for behind := 1; behind > 0; {
		behind = l.follow(b, s, seen).Behind
	}
	var wall time.Duration
	for round := 0; b.Loop(); round++ {
		b.StopTimer()
		clear(seen)
		member := fmt.Sprintf("more-%d", round)
		for from := 0; from < l.n; from += 10_000 {
			_, err := l.rdb.Pipelined(b.Context(), func(p goredis.Pipeliner) error {
				for i := from; i < min(l.n, from+10_000); i += 100 {
					p.ZAdd(b.Context(), user(i), goredis.Z{Score: float64(time.Now().UnixMilli()), Member: member})
					p.Incr(b.Context(), user(i)+":seq")
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		start := time.Now()
		progress := l.follow(b, s, seen)
		wall += time.Since(start)
		b.StopTimer()
		for i := 0; i < l.n; i += 100 {
			if key := fmt.Sprintf("user-%d", i); seen[key].InForce < 3 {
				b.Fatalf("%s: %+v, %+v", key, seen[key], progress)
			}
		}
		if progress.Differences > 0 {
			b.Fatalf("%+v", progress)
		}
		b.StartTimer()
	}
	b.ReportMetric(wall.Seconds()/float64(b.N)/whole.Seconds(), "of-full-sweep")
	audited.report(b)
}

// follow takes a step that must follow.
func (l *loaded) follow(b *testing.B, s *redis.Sweeper, seen picture) redis.Progress {
	b.Helper()
	progress, err := s.Step(b.Context(), time.Hour, nil, seen.visit)
	if err != nil || !progress.Following {
		b.Fatalf("%+v, %v", progress, err)
	}
	return progress
}

// BenchmarkSweeperWriters has a writer count requests while changes are told, and
// while they are not. of-untracked is the one's wall to the other's.
func BenchmarkSweeperWriters(b *testing.B) {
	l := loadedServer(b, benchSize(b))
	write := func() time.Duration {
		start := time.Now()
		for from := 0; from < 20_000; from += 20 {
			_, err := l.rdb.Pipelined(b.Context(), func(p goredis.Pipeliner) error {
				for i := from; i < from+20; i++ {
					p.Incr(b.Context(), user(i%l.n)+":seq")
					p.ZAdd(b.Context(), user(i%l.n), goredis.Z{Score: float64(start.UnixMilli()), Member: i})
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(start)
	}
	write()
	var told, untold time.Duration
	for b.Loop() {
		b.StopTimer()
		untold += write()
		s := l.sweeper(b, redis.SweeperOptions{Remembered: 10})
		if _, err := s.Step(b.Context(), time.Hour, nil, func(redis.Counter) {}); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		told += write()
		b.StopTimer()
		_ = s.Close()
		b.StartTimer()
	}
	b.ReportMetric(told.Seconds()/untold.Seconds(), "of-untracked")
}
