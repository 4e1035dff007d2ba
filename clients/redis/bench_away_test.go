package redis_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
)

// awayCounters are those of BenchmarkSweeperAway: a sweep of them takes seconds,
// at most, where each round trip is awaited.
const awayCounters = 50_000

// BenchmarkSweeperAway sweeps a keyspace to which every round trip takes 2 ms
// more, beside the sequential way: a SCAN, then a pipeline of the same reads for
// the counters of that page, then the next SCAN, with pages of the same size. Its
// ratios:
//
//	of-sequential  wall to that of the sequential way
//	of-single      wall to that of one request for each counter, which is measured
//	               on a thousand of them
func BenchmarkSweeperAway(b *testing.B) {
	l := loadedServer(b, awayCounters)
	far := l.away(b, 2*time.Millisecond)
	for _, mode := range []struct {
		name   string
		chains int
	}{{"Gentle", 1}, {"Fast", 4}} {
		b.Run(mode.name, func(b *testing.B) {
			c := newClient(b, redis.Options{Addrs: []string{far.address}})
			s := newSweeper(b, c, redis.SweeperOptions{Chains: mode.chains, Untracked: true})
			audited := newAudit(l.n)
			audited.pass(b, l, s)
			var wall, sequential, single time.Duration
			for b.Loop() {
				b.StopTimer()
				sequential += l.sequential(b, far)
				single += l.single(b, far, 1000)
				b.StartTimer()
				wall += l.fullPass(b, s)
			}
			b.ReportMetric(wall.Seconds()/sequential.Seconds(), "of-sequential")
			b.ReportMetric(wall.Seconds()/single.Seconds(), "of-single")
			b.ReportMetric(sequential.Seconds()/float64(b.N), "sequential-s")
			audited.report(b)
		})
	}
}

// away is where the server is farther away by a round trip. What it says is late,
// by all of that; a client that waits for an answer cannot tell.
func (l *loaded) away(b *testing.B, trip time.Duration) place {
	b.Helper()
	net, err := network.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := net.Close(); err != nil {
			b.Error(err)
		}
	})
	link, err := net.TCP(b.Context(), network.Operator, "redis", l.addr)
	if err == nil {
		err = link.Add(b.Context(), network.Toxic{Name: "far", Type: network.Latency, Latency: trip})
	}
	if err != nil {
		b.Fatal(err)
	}
	return place{network: "tcp", address: link.Address()}
}

// putReads asks for what a sweep reads of a counter.
func putReads(t *talker, name string, since int64) {
	t.put("ZCOUNT", name, "("+strconv.FormatInt(since, 10), "+inf")
	t.put("PTTL", name)
	t.put("HMGET", "ratelimit:limit:"+name[len("ratelimit:"):], "limit", "window_ms")
}

// sequential is how long it takes to read all counters page by page, each round
// trip after the other.
func (l *loaded) sequential(b *testing.B, at place) time.Duration {
	b.Helper()
	t := talk(b, at)
	defer func() { _ = t.conn.Close() }()
	start := time.Now()
	since := start.Add(-time.Hour).UnixMilli()
	read := 0
	for cursor := "0"; ; {
		t.put("SCAN", cursor, "MATCH", "ratelimit:*", "COUNT", "250", "TYPE", "zset")
		page := t.ask()
		names := page.list[1].list
		for _, name := range names {
			putReads(t, name.text, since)
		}
		for range names {
			if count := t.ask().n; count > 0 {
				read++
			}
			t.ask()
			t.ask()
		}
		if cursor = page.list[0].text; cursor == "0" {
			break
		}
	}
	if read < l.n {
		b.Fatalf("%d counters were read the sequential way, want %d", read, l.n)
	}
	return time.Since(start)
}

// single is how long it would take to read all counters one by one, by some of
// them.
func (l *loaded) single(b *testing.B, at place, some int) time.Duration {
	b.Helper()
	t := talk(b, at)
	defer func() { _ = t.conn.Close() }()
	start := time.Now()
	since := start.Add(-time.Hour).UnixMilli()
	for i := range some {
		putReads(t, user(i), since)
		t.ask()
		t.ask()
		t.ask()
	}
	return time.Since(start) * time.Duration(l.n/some)
}
