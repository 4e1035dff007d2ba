package prometheus

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkNodes asks a real Prometheus for the latencies of all nodes by one
// query, and beside that by one query for each of them, as far as possible at
// once and one after the other, in turns. Its ratios, of medians:
//
//	of-single-queries      to a query for each node, one after the other
//	of-concurrent-queries  to the same, eight at a time
func BenchmarkNodes(b *testing.B) {
	for _, n := range []int{3, 20, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c := scraped(b, n, 0)
			names := make([]string, n)
			for i := range names {
				names[i] = nodeName(i)
			}
			oneForAll(b, names, func(ctx context.Context) (int, error) {
				nodes, err := c.LatencyP99(ctx)
				return len(nodes), err
			}, func(ctx context.Context, name string) (bool, error) {
				_, present, err := c.NodeLatencyP99(ctx, name)
				return present, err
			})
		})
	}
}

// BenchmarkKeys does the same for the requests allowed for keys, as many as one
// query takes at most, on three nodes.
func BenchmarkKeys(b *testing.B) {
	for _, n := range []int{20, 100, MaxKeys} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c := scraped(b, 3, n)
			names := make([]string, n)
			for i := range names {
				names[i] = keyName(i)
			}
			oneForAll(b, names, func(ctx context.Context) (int, error) {
				counts, err := c.AllowedByKey(ctx, names, time.Minute)
				return len(counts), err
			}, func(ctx context.Context, name string) (bool, error) {
				_, present, err := c.AllowedRequests(ctx, name, time.Minute)
				return present, err
			})
		})
	}
}

func oneForAll(b *testing.B, names []string, all func(context.Context) (int, error), one func(context.Context, string) (bool, error)) {
	b.Helper()
	single := func(name string) {
		if present, err := one(b.Context(), name); err != nil || !present {
			b.Errorf("%s: %v, %v", name, present, err)
		}
	}
	ways := []func(){
		func() {
			if found, err := all(b.Context()); err != nil || found != len(names) {
				b.Errorf("%d of %d: %v", found, len(names), err)
			}
		},
		func() {
			for _, name := range names {
				single(name)
			}
		},
		func() {
			var next atomic.Int64
			var asking sync.WaitGroup
			for range 8 {
				asking.Go(func() {
					for i := next.Add(1) - 1; i < int64(len(names)); i = next.Add(1) - 1 {
						single(names[i])
					}
				})
			}
			asking.Wait()
		},
	}
	took := make([][]time.Duration, len(ways))
	for b.Loop() {
		for i, way := range ways {
			start := time.Now()
			way()
			took[i] = append(took[i], time.Since(start))
		}
	}
	medians := make([]float64, len(ways))
	for i := range took {
		slices.Sort(took[i])
		medians[i] = took[i][len(took[i])/2].Seconds()
	}
	b.ReportMetric(medians[0]/medians[1], "of-single-queries")
	b.ReportMetric(medians[0]/medians[2], "of-concurrent-queries")
	b.ReportMetric(medians[0]*1000, "one-query-p50-ms")
	b.ReportMetric(0, "ns/op") // all of them together mean nothing
}

// scraped is a client of a Prometheus that has scraped nodes, each with as many
// keys.
func scraped(b *testing.B, nodes, keys int) *Client {
	b.Helper()
	var scrapes atomic.Int64
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(exposition(strings.TrimPrefix(r.URL.Path, "/"), keys, scrapes.Add(1)))
	}))
	b.Cleanup(node.Close)
	var config strings.Builder
	config.WriteString("global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n- job_name: nodes\n  static_configs:\n")
	for i := range nodes {
		fmt.Fprintf(&config, "  - {targets: [%q], labels: {instance: \"10.0.0.%d:8080\", __metrics_path__: /%s}}\n", node.Listener.Addr(), i, nodeName(i))
	}
	s, err := startServer(b.TempDir(), config.String(), nil, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, "http")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.stop(); err != nil {
			b.Error(err)
		}
	})
	c := newClient(b, Options{URL: s.url})
	ready := fmt.Sprintf(`count(count_over_time(up[1m]) >= 3) == %d`, nodes)
	for deadline := time.Now().Add(startTimeout + time.Minute); ; time.Sleep(100 * time.Millisecond) {
		v, err := c.Vector(b.Context(), ready)
		if err == nil && len(v) == 1 {
			return c
		}
		if time.Now().After(deadline) {
			b.Fatalf("the nodes were not scraped in time: %v", err)
		}
	}
}

func nodeName(i int) string { return fmt.Sprintf("node-%d", i) }

func keyName(i int) string { return fmt.Sprintf("user:%d", i) }

// exposition is what a node tells Prometheus, a little more each time.
func exposition(node string, keys int, scrape int64) []byte {
	var text []byte
	checks := 10 * scrape
	for _, bound := range []string{"0.001", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "+Inf"} {
		text = fmt.Appendf(text, "ratelimiter_check_duration_seconds_bucket{node_id=%q,le=%q} %d\n", node, bound, checks)
	}
	for i := range keys {
		text = fmt.Appendf(text, "ratelimiter_requests_checked_total{node_id=%q,key=%q,result=\"allowed\"} %d\n", node, keyName(i), checks)
	}
	return text
}
