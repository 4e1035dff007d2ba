package tikv

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/prometheus/common/model"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
)

// TiKV's metrics (https://docs.pingcap.com/tidb/stable/grafana-tikv-dashboard).
const (
	metricCommands = "tikv_storage_command_total"
	metricLatency  = "tikv_grpc_msg_duration_seconds_bucket"
	metricSize     = "tikv_store_size_bytes"
	metricCPU      = "process_cpu_seconds_total"
)

// byInstance are values by scraped address. An address without a value, or with
// one that is no number, is absent.
type byInstance map[string]float64

// of returns a store's value: that of the instance which is its address,
// exactly, else its status address, where TiKV serves its metrics.
func (b byInstance) of(st pd.Store) (float64, bool) {
	for _, address := range []string{st.Address, st.StatusAddress} {
		if v, ok := b[address]; ok && address != "" {
			return v, true
		}
	}
	return 0, false
}

// selector is the series of a metric that belong to this cluster.
func (s *Subject) selector(metric string) string {
	matchers := make([]prometheus.Matcher, 0, len(s.cfg.Prometheus.Match))
	for _, label := range slices.Sorted(maps.Keys(s.cfg.Prometheus.Match)) {
		matchers = append(matchers, prometheus.Equal(label, s.cfg.Prometheus.Match[label]))
	}
	return prometheus.Selector(metric, matchers...)
}

// rate is the increase per second of a metric, over the configured window.
func (s *Subject) rate(metric string) string {
	return fmt.Sprintf("rate(%s[%dms])", s.selector(metric), s.cfg.Prometheus.RateWindow.Std().Milliseconds())
}

// sumBy sums an expression for each instance.
func (s *Subject) sumBy(expr, labels string) string {
	return fmt.Sprintf("sum by (%s%s) (%s)", s.cfg.Prometheus.Instance, labels, expr)
}

// latencies evaluates the p99 of each instance's calls, in milliseconds. It is
// +Inf where it is above the histogram's highest bound.
func (s *Subject) latencies(ctx context.Context) (byInstance, error) {
	values := make(byInstance)
	err := s.each(ctx, "histogram_quantile(0.99, "+s.sumBy(s.rate(metricLatency), ", le")+")", math.Inf(1),
		func(instance string, _ model.Metric, value float64) { values[instance] = value * 1000 })
	return values, err
}

// rates evaluates the increase per second of a counter of each instance.
func (s *Subject) rates(metric string) func(context.Context) (byInstance, error) {
	return func(ctx context.Context) (byInstance, error) {
		values := make(byInstance)
		err := s.each(ctx, s.sumBy(s.rate(metric), ""), math.MaxFloat64,
			func(instance string, _ model.Metric, value float64) { values[instance] = value })
		return values, err
	}
}

// sizes evaluates the stores' sizes: by type, then by instance.
func (s *Subject) sizes(ctx context.Context) (map[string]byInstance, error) {
	sizes := make(map[string]byInstance)
	err := s.each(ctx, s.sumBy(s.selector(metricSize), ", type"), math.MaxFloat64,
		func(instance string, labels model.Metric, value float64) {
			kind := string(labels["type"])
			if sizes[kind] == nil {
				sizes[kind] = make(byInstance)
			}
			sizes[kind][instance] = value
		})
	return sizes, err
}

// each evaluates an expression and passes on its values, which none of the
// metrics has below 0: they are to be at most most. NaN is no value.
func (s *Subject) each(ctx context.Context, expr string, most float64, add func(instance string, labels model.Metric, value float64)) error {
	samples, err := s.prometheus.Vector(ctx, expr)
	if err != nil {
		return err
	}
	for _, sample := range samples {
		switch value := float64(sample.Value); {
		case sample.Histogram != nil:
			return malformed("query "+expr, "a native histogram where a number is wanted")
		case math.IsNaN(value):
		case value < 0 || value > most:
			return malformed("query "+expr, fmt.Sprintf("%g, which it cannot be", value))
		default:
			add(string(sample.Metric[model.LabelName(s.cfg.Prometheus.Instance)]), sample.Metric, value)
		}
	}
	return nil
}

func malformed(op, problem string) error {
	return &failure.Error{Op: op, Class: failure.Malformed, Detail: problem, Sent: true}
}
