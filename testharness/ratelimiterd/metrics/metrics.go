// Package metrics is what a node tells Prometheus.
//
//	ratelimiter_check_duration_seconds   histogram   node_id
//	ratelimiter_requests_checked_total   counter     node_id, key, result
//	ratelimiter_check_errors_total       counter     node_id
//
// The labels node_id and key can each be left out, as other implementations of
// the limiter do. Result is "allowed" or "blocked".
//
// # The key label
//
// Keys are chosen by callers, and each is two series that Prometheus keeps for
// good. So only so many keys get series of their own, the first that are seen,
// and only those whose name Prometheus can carry: valid UTF-8 of at most
// [MaxKeyLabel] bytes. The requests of all others are counted under the empty
// key, which to Prometheus is the same as having no such label: sums over keys
// stay true, and a query for one of those keys finds nothing, which is not zero.
// The empty key itself is counted there too.
//
// Both series of a key appear together at 0 when the key is first seen, so that
// a key that was never blocked has a count of 0 rather than none.
package metrics

import (
	"net/http"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// MaxKeyLabel is the length in bytes of the longest key with series of its own.
const MaxKeyLabel = 1024

// Options are what the metrics look like.
type Options struct {
	// NodeID is the value of the label node_id; "" leaves the label out.
	NodeID string
	// Keys is how many keys get series of their own; 0 leaves the label key out.
	Keys int
}

// Metrics are a node's metrics, in a registry of their own. It is safe for
// concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	duration prometheus.Histogram
	errors   prometheus.Counter
	checked  *prometheus.CounterVec
	byKey    bool
	maxKeys  int

	mu    sync.RWMutex
	keys  map[string]*Results
	other *Results // of all keys without series of their own
}

// Results are the two counters of a key.
type Results struct{ allowed, blocked prometheus.Counter }

// Count counts one request that was decided.
func (r *Results) Count(allowed bool) {
	if allowed {
		r.allowed.Inc()
	} else {
		r.blocked.Inc()
	}
}

// New makes the metrics.
func New(o Options) *Metrics {
	labels := prometheus.Labels{}
	if o.NodeID != "" {
		labels["node_id"] = o.NodeID
	}
	variable := []string{"result"}
	if o.Keys > 0 {
		variable = []string{"key", "result"}
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "ratelimiter_check_duration_seconds", Help: "How long rate limit checks took.",
			Buckets:     []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
			ConstLabels: labels,
		}),
		errors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ratelimiter_check_errors_total", Help: "Rate limit checks that could not be decided.", ConstLabels: labels,
		}),
		checked: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ratelimiter_requests_checked_total", Help: "Rate limit checks that were decided, by result.", ConstLabels: labels,
		}, variable),
		byKey:   o.Keys > 0,
		maxKeys: o.Keys,
		keys:    map[string]*Results{},
	}
	m.other = m.series("")
	m.registry.MustRegister(m.duration, m.errors, m.checked,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Key returns the counters that the requests of key are counted by, and makes
// them where the key is new and may have its own.
func (m *Metrics) Key(key string) *Results {
	if !m.byKey || key == "" || len(key) > MaxKeyLabel || !utf8.ValidString(key) {
		return m.other
	}
	m.mu.RLock()
	results, full := m.keys[key], len(m.keys) >= m.maxKeys
	m.mu.RUnlock()
	if results != nil {
		return results
	}
	if full {
		return m.other
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if results := m.keys[key]; results != nil {
		return results
	}
	if len(m.keys) >= m.maxKeys {
		return m.other
	}
	results = m.series(key)
	m.keys[key] = results
	return results
}

// Took records how long one check took, decided or not.
func (m *Metrics) Took(d time.Duration) { m.duration.Observe(d.Seconds()) }

// Failed counts a check that could not be decided.
func (m *Metrics) Failed() { m.errors.Inc() }

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *Metrics) series(key string) *Results {
	if !m.byKey {
		return &Results{m.checked.WithLabelValues("allowed"), m.checked.WithLabelValues("blocked")}
	}
	return &Results{m.checked.WithLabelValues(key, "allowed"), m.checked.WithLabelValues(key, "blocked")}
}
