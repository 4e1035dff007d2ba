package ratelimiter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
	"time"
)

// BenchmarkCounters reads an answer with 100,000 counters, which no service of
// today's gives, as it comes, once keeping nothing but a sum (Fold) and once the
// list (List), and has json.Unmarshal make the list, each in turn. Its ratios:
//
//	of-unmarshal-bytes  bytes allocated to those of json.Unmarshal
//	of-unmarshal-wall   the time that it took to json.Unmarshal's
func BenchmarkCounters(b *testing.B) {
	body := manyCounters(b, 100_000)
	ways := map[string]func() (int, error){
		"Fold": func() (int, error) {
			return foldCounters(bytes.NewReader(body), func() int { return 0 }, func(n int, _ Counter) int { return n + 1 })
		},
		"List": func() (int, error) {
			list, err := decodeCounters(body)
			return len(list), err
		},
	}
	unmarshal := func() (int, error) {
		var answer struct{ Counters []Counter }
		err := json.Unmarshal(body, &answer)
		return len(answer.Counters), err
	}
	for name, way := range ways {
		b.Run(name, func(b *testing.B) {
			var got, yard cost
			for b.Loop() {
				got.add(b, way)
				yard.add(b, unmarshal)
			}
			b.ReportMetric(float64(got.bytes)/float64(yard.bytes), "of-unmarshal-bytes")
			b.ReportMetric(got.took.Seconds()/yard.took.Seconds(), "of-unmarshal-wall")
			b.ReportMetric(float64(got.bytes)/float64(b.N), "stream-B/op")
			b.ReportMetric(float64(yard.bytes)/float64(b.N), "unmarshal-B/op")
			b.ReportMetric(0, "ns/op") // both together mean nothing
		})
	}
}

// cost is what was spent in all.
type cost struct {
	bytes uint64
	took  time.Duration
}

func (c *cost) add(b *testing.B, do func() (int, error)) {
	b.Helper()
	before, start := allocated(), time.Now()
	n, err := do()
	c.took += time.Since(start)
	c.bytes += allocated() - before
	if err != nil || n != 100_000 {
		b.Fatal(n, err)
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// manyCounters is an answer with n counters.
func manyCounters(b *testing.B, n int) []byte {
	b.Helper()
	list := make([]Counter, n)
	for i := range list {
		list[i] = Counter{Key: fmt.Sprintf("user:%d", i), Count: int64(i % 10), Limit: 10, Remaining: int64(10 - i%10)}
	}
	body, err := json.Marshal(map[string]any{"counters": list})
	if err != nil {
		b.Fatal(err)
	}
	return body
}
