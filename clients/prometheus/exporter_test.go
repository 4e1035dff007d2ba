package prometheus

import (
	"net/http"
	"net/http/httptest"
	"sync"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// recordedBuckets are the bounds of the service that the contract comes from.
var recordedBuckets = []float64{0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1}

// exporter is a scrape target that moves only when it is scraped, so that its
// counters grow in proportion to each other whatever the clock does.
type exporter struct {
	*httptest.Server
	mu sync.Mutex
}

// newExporter serves what register registers, calling the step that it returns
// before each scrape.
func newExporter(register func(*client.Registry) (step func())) *exporter {
	registry := client.NewRegistry()
	step := register(registry)
	metrics := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	e := &exporter{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		defer e.mu.Unlock()
		step()
		metrics.ServeHTTP(w, r)
	}))
	return e
}

func (e *exporter) address() string { return e.Listener.Addr().String() }

func newCounters(r *client.Registry, labels ...string) *client.CounterVec {
	v := client.NewCounterVec(client.CounterOpts{Name: "ratelimiter_requests_checked_total", Help: "Checks."}, labels)
	r.MustRegister(v)
	return v
}

func newDurations(r *client.Registry, labels ...string) *client.HistogramVec {
	v := client.NewHistogramVec(client.HistogramOpts{
		Name: "ratelimiter_check_duration_seconds", Help: "Latency.", Buckets: recordedBuckets,
	}, labels)
	r.MustRegister(v)
	return v
}

// labelled carries node_id and key on everything. Key number i of hostileKeys
// grows by i+1 per scrape, blocked requests by a thousand times that, on node a;
// key 0 grows on node b as well.
func labelled(r *client.Registry) func() {
	counters := newCounters(r, "node_id", "key", "result")
	durations := newDurations(r, "node_id", "key")
	durations.WithLabelValues("idle", "plain")
	return func() {
		for i, key := range hostileKeys {
			counters.WithLabelValues("a", key, "allowed").Add(float64(i + 1))
			counters.WithLabelValues("a", key, "blocked").Add(float64(i+1) * 1000)
		}
		counters.WithLabelValues("b", hostileKeys[0], "allowed").Add(1)
		for range 100 {
			durations.WithLabelValues("steady", "plain").Observe(0.03)
			durations.WithLabelValues("beyond", "plain").Observe(5)
			durations.WithLabelValues("split", "slow").Observe(0.3)
		}
		for range 9900 {
			durations.WithLabelValues("split", "fast").Observe(0.0001)
		}
	}
}

// plain carries no label of its own but the result, as the recorded service
// does; only the instance tells two of them apart.
func plain(seconds float64) func(*client.Registry) func() {
	return func(r *client.Registry) func() {
		counters := newCounters(r, "result")
		durations := newDurations(r)
		return func() {
			counters.WithLabelValues("allowed").Add(3)
			for range 100 {
				durations.WithLabelValues().Observe(seconds)
			}
		}
	}
}
