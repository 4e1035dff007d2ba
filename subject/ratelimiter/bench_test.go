package ratelimiter

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// BenchmarkObserve observes a real cluster of 3 nodes and 100 counters, and asks
// each source by itself in between. Beside the time of an observation it tells
// that of the slowest source (slowest-ns), how many times that the observation
// took (x/slowest, 1 being perfect), and how many times of all sources one after
// the other (x/sum). All are medians.
//
// Here, where client and servers share a few processors, the work of all sources
// adds up whatever the order. 20 ms away it shows what waits for what.
func BenchmarkObserve(b *testing.B) {
	c, keys := benchCluster(b)
	b.Run("here", func(b *testing.B) {
		benchObserve(b, benchSubject(b, c, func(address string) string { return address }), keys)
	})
	b.Run("20ms_away", func(b *testing.B) {
		benchObserve(b, benchSubject(b, c, func(address string) string { return away(b, address, 20*time.Millisecond) }), keys)
	})
}

func benchObserve(b *testing.B, s *Subject, keys []string) {
	b.Helper()
	sources := alone(b, s, keys)
	observe(b, s) // the first has nobody to tell it whom to ask
	var whole []time.Duration
	single := make(map[string][]time.Duration, len(sources))
	b.ReportAllocs()
	for b.Loop() {
		begin := time.Now()
		if _, err := s.Observe(b.Context()); err != nil {
			b.Fatal(err)
		}
		whole = append(whole, time.Since(begin))

		b.StopTimer()
		for name, ask := range sources {
			begin := time.Now()
			if err := ask(b.Context()); err != nil {
				b.Fatalf("%s: %v", name, err)
			}
			single[name] = append(single[name], time.Since(begin))
		}
		b.StartTimer()
	}
	var slowest, sum time.Duration
	for _, times := range single {
		slowest, sum = max(slowest, median(times)), sum+median(times)
	}
	observation := float64(median(whole))
	b.ReportMetric(observation, "median-ns/op")
	b.ReportMetric(float64(slowest), "slowest-ns/op")
	b.ReportMetric(observation/float64(slowest), "x/slowest")
	b.ReportMetric(observation/float64(sum), "x/sum")
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

// alone returns what asks each source by itself.
func alone(b *testing.B, s *Subject, keys []string) map[string]func(context.Context) error {
	b.Helper()
	api, rdb, prom := s.clients.management, s.clients.redis, s.clients.prometheus
	sweeper, err := rdb.NewSweeper(redis.SweeperOptions{})
	if err != nil {
		b.Fatal(err)
	}
	nodes, err := api.Nodes(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return map[string]func(context.Context) error{
		sourceNodes:    func(ctx context.Context) error { _, err := api.Nodes(ctx); return err },
		sourceCounters: func(ctx context.Context) error { _, err := api.Counters(ctx); return err },
		sourceLimits:   func(ctx context.Context) error { _, err := api.Limits(ctx); return err },
		sourceBlocks:   func(ctx context.Context) error { _, err := api.Blocks(ctx); return err },
		sourceHealth:   func(ctx context.Context) error { _, err := api.Health(ctx, nodes[0].Address); return err },
		sourcePing:     rdb.Ping,
		sourceStored: func(ctx context.Context) error {
			_, err := sweeper.Step(ctx, 10*time.Minute, keys, func(redis.Counter) {})
			return err
		},
		sourceLatency: func(ctx context.Context) error { _, err := prom.LatencyP99(ctx); return err },
		sourceLabels:  func(ctx context.Context) error { _, _, err := prom.KeyLabelled(ctx); return err },
		sourceAllowed: func(ctx context.Context) error { _, err := prom.AllowedByKey(ctx, keys, time.Minute); return err },
	}
}

// benchCluster is a cluster at rest that has counted 100 keys.
func benchCluster(b *testing.B) (*cluster.Cluster, []string) {
	b.Helper()
	binary, err := build.Node(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	c := cluster.New(b, cluster.Options{NodeBinary: binary, DefaultWindow: 10 * time.Minute, ScrapeInterval: 250 * time.Millisecond})
	keys := make([]string, 100)
	for i := range keys {
		keys[i] = fmt.Sprintf("user:%d", i)
	}
	load, err := c.Load(b.Context(), cluster.LoadOptions{Keys: keys, Rate: 200})
	if err != nil {
		b.Fatal(err)
	}
	s := benchSubject(b, c, func(address string) string { return address })
	err = wait.For(b.Context(), "100 counters that all sources know of", func() (bool, error) {
		o := observe(b, s)
		st := stateOf(b, o)
		return len(st.Counters) == len(keys) && o.VerdictOn(highLatency, "") == protocol.Held && o.VerdictOn(ghostAllowing, "") == protocol.Held, nil
	})
	if err != nil {
		b.Fatal(err)
	}
	load.Stop()
	return c, keys
}

// benchSubject opens a subject that finds each server at the address that route
// makes of its own.
func benchSubject(b *testing.B, c *cluster.Cluster, route func(address string) string) *Subject {
	b.Helper()
	var urls []string
	for _, node := range c.Nodes() {
		urls = append(urls, "http://"+route(node.Address()))
	}
	config, err := json.Marshal(map[string]any{
		"management": map[string]any{"urls": urls},
		"redis":      map[string]any{"url": "redis://" + route(c.RedisAddr())},
		"prometheus": map[string]any{"url": "http://" + route(c.Prometheus().Address())},
	})
	if err != nil {
		b.Fatal(err)
	}
	return open(b, string(config))
}

// away returns an address that leads to another one by a round trip of its own,
// half of it each way.
func away(b *testing.B, address string, trip time.Duration) string {
	b.Helper()
	listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var all sync.WaitGroup
	ctx, cancel := context.WithCancel(b.Context())
	b.Cleanup(func() {
		cancel()
		_ = listener.Close()
		all.Wait()
	})
	all.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer func() { _ = near.Close() }()
				far, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
				if err != nil {
					return
				}
				defer func() { _ = far.Close() }()
				defer context.AfterFunc(ctx, func() { _, _ = near.Close(), far.Close() })()
				var ways sync.WaitGroup
				ways.Go(func() { delay(far, near, trip/2) })
				ways.Go(func() { delay(near, far, trip/2) })
				ways.Wait()
			})
		}
	})
	return listener.Addr().String()
}

// delay copies what arrives, each part a while after it has arrived.
func delay(to, from net.Conn, by time.Duration) {
	type part struct {
		due  time.Time
		data []byte
	}
	parts := make(chan part, 1024)
	var writing sync.WaitGroup
	writing.Go(func() {
		for p := range parts {
			time.Sleep(time.Until(p.due))
			if _, err := to.Write(p.data); err != nil {
				_ = from.Close()
			}
		}
		_ = to.Close()
	})
	for {
		data := make([]byte, 32<<10)
		n, err := from.Read(data)
		if n > 0 {
			parts <- part{time.Now().Add(by), data[:n]}
		}
		if err != nil {
			break
		}
	}
	close(parts)
	writing.Wait()
}
