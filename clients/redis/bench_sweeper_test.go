package redis_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// benchSize is how many counters a sweep is measured with, each with its
// sequence: BENCH_COUNTERS, or 100,000, or with -short 10,000.
func benchSize(b *testing.B) int {
	b.Helper()
	if text := os.Getenv("BENCH_COUNTERS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1000 {
			b.Fatalf("BENCH_COUNTERS: want a number of 1000 or more, got %q", text)
		}
		return n
	}
	if testing.Short() {
		return 10_000
	}
	return 100_000
}

// loaded is a Redis on a unix socket with n counters of two requests each.
type loaded struct {
	*server

	socket string
	rdb    *goredis.Client
	n      int
}

func loadedServer(b *testing.B) *loaded {
	b.Helper()
	l := &loaded{socket: socketPath(b), n: benchSize(b)}
	l.server = startServer(b, "--unixsocket", l.socket)
	l.rdb = goredis.NewClient(&goredis.Options{Network: "unix", Addr: l.socket})
	b.Cleanup(func() { _ = l.rdb.Close() })
	pipe := exec.CommandContext(b.Context(), binary(b, "REDIS_CLI", "redis-cli"), "-s", l.socket, "--pipe")
	in, err := pipe.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	go func() {
		defer func() { _ = in.Close() }()
		now := time.Now().UnixMilli()
		var page strings.Builder
		for i := range l.n {
			fmt.Fprintf(&page, "ZADD ratelimit:user-%d %d a %d b\r\nPEXPIRE ratelimit:user-%d 7200000\r\nSET ratelimit:user-%d:seq 2\r\n",
				i, now-1000, now, i, i)
			if page.Len() > 1<<16 || i == l.n-1 {
				_, _ = in.Write([]byte(page.String()))
				page.Reset()
			}
		}
	}()
	if out, err := pipe.CombinedOutput(); err != nil {
		b.Fatalf("redis-cli --pipe: %v: %s", err, out)
	}
	if size := l.rdb.DBSize(b.Context()).Val(); size != int64(2*l.n) {
		b.Fatalf("%d keys were loaded, want %d", size, 2*l.n)
	}
	return l
}

// cpu is the time that the server has computed.
func (l *loaded) cpu(b *testing.B) (sum time.Duration) {
	b.Helper()
	for line := range strings.Lines(l.rdb.Info(context.Background(), "cpu").Val()) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name == "used_cpu_sys" || name == "used_cpu_user" {
			s, err := strconv.ParseFloat(text, 64)
			if err != nil {
				b.Fatal(err)
			}
			sum += time.Duration(s * float64(time.Second))
		}
	}
	return sum
}

// yardstick is how long redis-cli takes to list the names of all keys, and no
// more than that.
func (l *loaded) yardstick(b *testing.B) time.Duration {
	b.Helper()
	start := time.Now()
	if err := exec.CommandContext(b.Context(), binary(b, "REDIS_CLI", "redis-cli"), "-s", l.socket, "--scan").Run(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

func (l *loaded) sweeper(b *testing.B, opts redis.SweeperOptions) *redis.Sweeper {
	b.Helper()
	return newSweeper(b, newClient(b, redis.Options{URL: "unix://" + l.socket}), opts)
}

// wantAll takes a full pass while writers run, and compares it key by key with a
// plain one: the counters that no writer touches must be in it with what they hold.
func (l *loaded) wantAll(b *testing.B, s *redis.Sweeper) {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	var writing sync.WaitGroup
	writing.Go(func() { churn(ctx, l.rdb) })
	seen := make(map[string]int64, l.n)
	for {
		progress, err := s.Step(b.Context(), time.Hour, nil, func(c redis.Counter) { seen[c.Key] = c.InForce })
		if err != nil {
			b.Fatal(err)
		}
		if progress.Complete || progress.Following {
			break
		}
	}
	stop()
	writing.Wait()
	checked := 0
	for key, n := range plain(b, l.rdb) {
		if strings.HasPrefix(key, "user-") {
			if checked++; seen[key] != n {
				b.Fatalf("%s: %d in force, want %d", key, seen[key], n)
			}
		}
	}
	if checked != l.n {
		b.Fatalf("%d counters were compared, want %d", checked, l.n)
	}
}

// fullPass sweeps all counters once, in as many steps as it takes.
func (l *loaded) fullPass(b *testing.B, s *redis.Sweeper) {
	b.Helper()
	for n := 0; ; {
		progress, err := s.Step(b.Context(), time.Hour, nil, func(redis.Counter) { n++ })
		if err != nil {
			b.Fatal(err)
		}
		if progress.Complete {
			if n < l.n {
				b.Fatalf("%d counters were visited, want %d", n, l.n)
			}
			return
		}
	}
}

// BenchmarkSweeper sweeps a whole keyspace, reading what is in force, the limits
// and the expiry of each counter, beside a redis-cli that reads names only, in
// turns. Its ratios:
//
//	of-redis-cli-scan  wall to that of redis-cli --scan
//	wall/redis-cpu     wall to the time that Redis computed for it
//	MB-over-idle       resident memory at its peak, in a process of its own
//	p99-of-idle        what another client waits at p99 to what it waits otherwise
func BenchmarkSweeper(b *testing.B) {
	l := loadedServer(b)
	for _, mode := range []struct {
		name   string
		chains int
	}{{"Gentle", 1}, {"Two", 2}, {"Fast", 4}} {
		b.Run(mode.name, func(b *testing.B) {
			s := l.sweeper(b, redis.SweeperOptions{Chains: mode.chains, Untracked: true})
			l.wantAll(b, s)
			var yard, wall, cpu time.Duration
			for b.Loop() {
				b.StopTimer()
				yard += l.yardstick(b)
				before := l.cpu(b)
				start := time.Now()
				b.StartTimer()
				l.fullPass(b, s)
				wall += time.Since(start)
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

// BenchmarkSweeperChanged has one counter of a hundred change, and reads those
// that did. of-full-sweep is its wall to that of a full pass.
func BenchmarkSweeperChanged(b *testing.B) {
	l := loadedServer(b)
	s := l.sweeper(b, redis.SweeperOptions{Chains: 4, Remembered: max(redis.DefaultRemembered, l.n/50), Budget: time.Minute})
	l.wantAll(b, s)
	full := l.sweeper(b, redis.SweeperOptions{Chains: 4, Untracked: true})
	start := time.Now()
	l.fullPass(b, full)
	whole := time.Since(start)

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
					key := fmt.Sprintf("ratelimit:user-%d", i)
					p.ZAdd(b.Context(), key, goredis.Z{Score: float64(time.Now().UnixMilli()), Member: member})
					p.Incr(b.Context(), key+":seq")
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
	l := loadedServer(b)
	write := func() time.Duration {
		start := time.Now()
		for from := 0; from < 20_000; from += 20 {
			_, err := l.rdb.Pipelined(b.Context(), func(p goredis.Pipeliner) error {
				for i := from; i < from+20; i++ {
					key := fmt.Sprintf("ratelimit:user-%d", i%l.n)
					p.Incr(b.Context(), key+":seq")
					p.ZAdd(b.Context(), key, goredis.Z{Score: float64(start.UnixMilli()), Member: i})
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
