package redis_test

import (
	"strings"
	"testing"
	"time"
)

// BenchmarkFloor is about the least that a sweep by one chain can take: SCAN, and
// of each counter on the page before nothing but its ZCARD, in the same round
// trip. What a [redis.Sweeper] reads of each, how many are in force, until when
// and under which limit, comes on top.
//
//	of-redis-cli-scan  wall to that of redis-cli --scan
//	redis-cpu-s/op     what Redis computes for it, in seconds
func BenchmarkFloor(b *testing.B) {
	l := loadedServer(b, benchSize(b))
	var yard, wall, cpu time.Duration
	for b.Loop() {
		b.StopTimer()
		yard += l.yardstick(b)
		before := l.cpu(b)
		b.StartTimer()
		start := time.Now()
		found := l.floor(b)
		wall += time.Since(start)
		b.StopTimer()
		if cpu += l.cpu(b) - before; found < l.n {
			b.Fatalf("it found %d of %d counters", found, l.n)
		}
		b.StartTimer()
	}
	b.ReportMetric(wall.Seconds()/yard.Seconds(), "of-redis-cli-scan")
	b.ReportMetric(cpu.Seconds()/float64(b.N), "redis-cpu-s/op")
}

// floor returns how many counters it has read.
func (l *loaded) floor(b *testing.B) (found int) {
	b.Helper()
	t := talk(b, l.masters[0])
	cursor, page := "0", []string(nil)
	for first := true; first || cursor != "0" || len(page) > 0; first = false {
		scans := first || cursor != "0"
		if scans {
			t.put("SCAN", cursor, "MATCH", "ratelimit:*", "COUNT", "250")
		}
		for _, key := range page {
			t.put("ZCARD", key)
		}
		var next []string
		if scans {
			answer := t.ask()
			cursor = answer.list[0].text
			for _, key := range answer.list[1].list {
				if !strings.HasSuffix(key.text, ":seq") && !strings.HasPrefix(key.text, "ratelimit:limit:") {
					next = append(next, key.text)
				}
			}
		}
		for range page {
			if t.ask().n > 0 {
				found++
			}
		}
		page = next
	}
	return found
}
