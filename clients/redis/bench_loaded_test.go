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

// place is where a server is.
type place struct{ network, address string }

// loaded is a Redis, or the masters of a Cluster, with n counters of two requests
// each, user-0 and so on.
type loaded struct {
	masters []place
	of      func(name string) int // the master that has a Redis key
	rdb     goredis.UniversalClient
	n       int

	socket string // of the one server that is not a Cluster's
	addr   string
}

// loadedServer starts a server on a unix socket, with n counters in it.
func loadedServer(b *testing.B, n int) *loaded {
	b.Helper()
	socket := socketPath(b)
	s := startServer(b, "--unixsocket", socket)
	l := &loaded{
		masters: []place{{network: "unix", address: socket}}, of: func(string) int { return 0 }, socket: socket, addr: s.addr,
		rdb: goredis.NewClient(&goredis.Options{Network: "unix", Addr: socket}),
	}
	b.Cleanup(func() { _ = l.rdb.Close() })
	l.fill(b, n)
	return l
}

// user is the Redis key of a counter.
func user(i int) string { return "ratelimit:user-" + strconv.Itoa(i) }

// fill brings the counters to n. Each master is written to over a connection of
// its own, on which nothing is answered before the end: a million counters take
// some seconds.
func (l *loaded) fill(b *testing.B, n int) {
	b.Helper()
	earlier := strconv.FormatInt(time.Now().UnixMilli()-1000, 10)
	now := strconv.FormatInt(time.Now().UnixMilli(), 10)
	writers := make([]*talker, len(l.masters))
	for m := range writers {
		writers[m] = talk(b, l.masters[m])
		writers[m].put("CLIENT", "REPLY", "OFF")
	}
	for i := l.n; i < n; i++ {
		name := user(i)
		w := writers[l.of(name)]
		w.put("ZADD", name, earlier, "a", now, "b")
		w.put("PEXPIRE", name, "7200000")
		writers[l.of(name+":seq")].put("SET", name+":seq", "2")
	}
	size := int64(0)
	for _, w := range writers {
		w.put("CLIENT", "REPLY", "ON")
		w.ask()
		w.put("DBSIZE")
		size += w.ask().n
		_ = w.conn.Close()
	}
	if l.n = n; size != int64(2*n) {
		b.Fatalf("%d keys were loaded, want %d", size, 2*n)
	}
}

// cpu is the time that the masters have computed.
func (l *loaded) cpu(b *testing.B) (sum time.Duration) {
	b.Helper()
	for _, at := range l.masters {
		t := talk(b, at)
		t.put("INFO", "cpu")
		for line := range strings.Lines(t.ask().text) {
			name, text, _ := strings.Cut(strings.TrimSpace(line), ":")
			if name == "used_cpu_sys" || name == "used_cpu_user" {
				s, err := strconv.ParseFloat(text, 64)
				if err != nil {
					b.Fatal(err)
				}
				sum += time.Duration(s * float64(time.Second))
			}
		}
		_ = t.conn.Close()
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

// fullPass sweeps all counters once, in as many steps as it takes, and returns
// how long that was.
func (l *loaded) fullPass(b *testing.B, s *redis.Sweeper) time.Duration {
	b.Helper()
	start := time.Now()
	for n := 0; ; {
		progress, err := s.Step(b.Context(), time.Hour, nil, func(redis.Counter) { n++ })
		if err != nil {
			b.Fatal(err)
		}
		if progress.Complete {
			if n < l.n {
				b.Fatalf("%d counters were visited, want %d", n, l.n)
			}
			return time.Since(start)
		}
	}
}

// Of the writers: hot counters are those of every hundredth number, which get
// more requests; others come and go by the thousand, which has Redis resize its
// table to and fro.
const (
	hotEvery = 100
	others   = 10_000
)

// disturb writes as limiters do until the function that it returns is called.
// That one waits for the end of it.
func (l *loaded) disturb(b *testing.B) (stop func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	var writing sync.WaitGroup
	b.Cleanup(writing.Wait)
	b.Cleanup(cancel)
	began := time.Now().UnixNano()
	writing.Go(func() {
		for round := 0; ctx.Err() == nil; round++ {
			for from := 0; from < others && ctx.Err() == nil; from += 100 {
				_, _ = l.rdb.Pipelined(ctx, func(p goredis.Pipeliner) error {
					now := float64(time.Now().UnixMilli())
					for i := from; i < from+100; i++ {
						hot := user((round*others + i) % (l.n / hotEvery) * hotEvery)
						p.ZAdd(ctx, hot, goredis.Z{Score: now, Member: fmt.Sprintf("%d-%d-%d", began, round, i)})
						p.Incr(ctx, hot+":seq")
						other := "ratelimit:other-" + strconv.Itoa(i)
						if round%2 == 0 {
							p.ZAdd(ctx, other, goredis.Z{Score: now, Member: "once"})
							p.Set(ctx, other+":seq", 1, 0)
						} else {
							p.Del(ctx, other)
							p.Del(ctx, other+":seq")
						}
					}
					return nil
				})
			}
		}
	})
	return func() { cancel(); writing.Wait() }
}
