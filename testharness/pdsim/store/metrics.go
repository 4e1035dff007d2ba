package store

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are those of TiKV that the operator looks at, by TiKV's names and
// labels.
type metrics struct {
	registry *prometheus.Registry
	commands *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// kind is a kind of request: its share of the load, and what it is called as a
// storage command and as a gRPC call.
type kind struct {
	share         float64
	command, call string
}

func kinds() []kind {
	return []kind{
		{0.5, "get", "kv_get"},
		{0.2, "scan", "kv_scan"},
		{0.15, "prewrite", "kv_prewrite"},
		{0.15, "commit", "kv_commit"},
	}
}

func newMetrics(s *Store) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		commands: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tikv_storage_command_total", Help: "Total number of commands received.",
		}, []string{"type"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tikv_grpc_msg_duration_seconds", Help: "Bucketed histogram of grpc server messages.",
			Buckets: prometheus.ExponentialBuckets(0.00005, 2, 22), // 50 µs to 105 s
		}, []string{"type"}),
	}
	m.registry.MustRegister(m.commands, m.duration, collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for name, bytes := range map[string]func(Behaviour) int64{
		"capacity":  func(b Behaviour) int64 { return b.CapacityBytes },
		"available": func(b Behaviour) int64 { return b.CapacityBytes - b.used() },
		"used":      Behaviour.used,
	} {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "tikv_store_size_bytes", Help: "Size of storage.",
			ConstLabels: prometheus.Labels{"type": name},
		}, func() float64 {
			b, _ := s.now()
			return float64(bytes(b))
		}))
	}
	for _, k := range kinds() {
		m.commands.WithLabelValues(k.command)
		m.duration.WithLabelValues(k.call)
	}
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// load counts what clients would ask of the regions that the store leads, until
// ctx is done.
func (m *metrics) load(ctx context.Context, s *Store) {
	const (
		tick = 100 * time.Millisecond
		most = 1000 // per kind and tick, whatever the rate
	)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	owed := make([]float64, len(kinds())) // fractions of requests
	served := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		b, leaders := s.now()
		for i, k := range kinds() {
			owed[i] += b.RatePerLeader * float64(leaders) * k.share * tick.Seconds()
			n := min(int(owed[i]), most)
			owed[i] -= float64(int(owed[i]))
			m.commands.WithLabelValues(k.command).Add(float64(n))
			for range n {
				served++
				m.duration.WithLabelValues(k.call).Observe(latency(b.LatencySeconds, served))
			}
		}
	}
}

// latency is the time that one request takes: every twentieth is slow.
func latency(slow float64, n int) float64 {
	if n%20 == 0 {
		return slow
	}
	return slow / 10
}
