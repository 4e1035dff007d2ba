package redis_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// BenchmarkSweeper sweeps a whole keyspace, reading what is in force, the limits
// and the expiry of each counter, beside a redis-cli that reads names only, in
// turns. Its ratios:
//
//	of-redis-cli-scan  wall to that of redis-cli --scan
//	wall/redis-cpu     wall to the time that Redis computed for it
//	MB-over-idle       resident memory at its peak, in a process of its own
//	p99-of-idle        what another client waits at p99 to what it waits otherwise
//
// Before that, each way of sweeping is compared key by key with a plain pass,
// while writers run: compared is how many counters were, differences is 0.
func BenchmarkSweeper(b *testing.B) {
	l := loadedServer(b, benchSize(b))
	for _, mode := range []struct {
		name   string
		chains int
	}{{"Gentle", 1}, {"Two", 2}, {"Fast", 4}} {
		b.Run(mode.name, func(b *testing.B) {
			s := l.sweeper(b, redis.SweeperOptions{Chains: mode.chains, Untracked: true})
			audited := newAudit(l.n)
			audited.pass(b, l, s)
			var yard, wall, cpu time.Duration
			for b.Loop() {
				b.StopTimer()
				yard += l.yardstick(b)
				before := l.cpu(b)
				b.StartTimer()
				wall += l.fullPass(b, s)
				b.StopTimer()
				cpu += l.cpu(b) - before
				b.StartTimer()
			}
			b.StopTimer()
			end := startChild(b, l.socket, "memory:"+strconv.Itoa(mode.chains))
			b.ReportMetric(float64(end())/(1<<20), "MB-over-idle")
			b.ReportMetric(l.felt(b, s), "p99-of-idle")
			b.ReportMetric(wall.Seconds()/yard.Seconds(), "of-redis-cli-scan")
			b.ReportMetric(wall.Seconds()/cpu.Seconds(), "wall/redis-cpu")
			b.ReportMetric(cpu.Seconds()/float64(b.N), "redis-cpu-s/op")
			b.ReportMetric(float64(l.n)*float64(b.N)/wall.Seconds(), "counters/s")
			audited.report(b)
		})
	}
}

// felt is what another client waits for its answers at p99 while s sweeps, to
// what it waits while nobody does.
func (l *loaded) felt(b *testing.B, s *redis.Sweeper) float64 {
	b.Helper()
	const long = 3 * time.Second
	end := startChild(b, l.socket, "foreground")
	time.Sleep(long)
	idle := end()
	end = startChild(b, l.socket, "foreground")
	for start := time.Now(); time.Since(start) < long; {
		if _, err := s.Step(b.Context(), time.Hour, nil, func(redis.Counter) {}); err != nil {
			b.Fatal(err)
		}
	}
	return float64(end()) / float64(max(1, idle))
}
