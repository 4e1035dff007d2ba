package redis_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

const benchKeys = 1000

func benchServer(b *testing.B) (*redis.Client, []string) {
	b.Helper()
	s := startServer(b)
	fill(b, s.admin(b), benchKeys)
	keys := make([]string, benchKeys)
	for i := range keys {
		keys[i] = fmt.Sprintf("key-%d", i)
	}
	c := s.client(b)
	if err := c.Ping(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	return c, keys
}

// BenchmarkCounters reads 1,000 counters with limits, counts in force and
// expiry: three round trips.
func BenchmarkCounters(b *testing.B) {
	c, keys := benchServer(b)
	for b.Loop() {
		if _, err := c.Counters(b.Context(), keys, time.Minute); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCounterValues reads no more than the value of the same counters, one
// by one: what Counters is there to avoid.
func BenchmarkCounterValues(b *testing.B) {
	c, keys := benchServer(b)
	for b.Loop() {
		for _, key := range keys {
			if _, _, err := c.CounterValue(b.Context(), key); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkPass finds the same counters and reads all there is to know.
func BenchmarkPass(b *testing.B) {
	c, _ := benchServer(b)
	sweeper := newSweeper(b, c, redis.SweeperOptions{Untracked: true, Budget: time.Minute})
	for b.Loop() {
		found := 0
		progress, err := sweeper.Step(b.Context(), time.Minute, nil, func(redis.Counter) { found++ })
		if err != nil || !progress.Complete || found != benchKeys {
			b.Fatal(found, err)
		}
	}
}

// BenchmarkScanThenValue finds the same counters and reads only the value of
// each.
func BenchmarkScanThenValue(b *testing.B) {
	c, _ := benchServer(b)
	for b.Loop() {
		for key, err := range c.CounterKeys(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			if _, _, err := c.CounterValue(b.Context(), key); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkPing(b *testing.B) {
	c, _ := benchServer(b)
	for b.Loop() {
		if err := c.Ping(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
