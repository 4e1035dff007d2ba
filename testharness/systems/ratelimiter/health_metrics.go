package ratelimiter

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
)

// What the subject is to make of metrics. Latency may be more than its default
// allows: scenarios share a machine with each other, where checks really are slow
// now and then, and the faults that are to be noticed make them slower by far.
const (
	maxLatency     = 0.5 // seconds
	ghostTolerance = 1.0
	ghostSlack     = 5.0
)

// rangeOf renders a range of PromQL.
func rangeOf(d time.Duration) string { return "[" + strconv.FormatInt(d.Milliseconds(), 10) + "ms]" }

// scrapesWell: Prometheus has scraped every node, by the last scrape too, and
// often enough for a rate.
func (s *Stack) scrapesWell(ctx context.Context) error {
	up, err := s.byNode(ctx, `up{job="ratelimiter"}`)
	if err != nil {
		return err
	}
	scrapes, err := s.byNode(ctx, `sum_over_time(up{job="ratelimiter"}`+rangeOf(s.topology.rateWindow())+`)`)
	if err != nil {
		return err
	}
	// One that was restarted still has what it scraped before, and waits for some
	// seconds before it scrapes again: then nothing is there for a while.
	age, err := s.byNode(ctx, `time() - timestamp(up{job="ratelimiter"})`)
	if err != nil {
		return err
	}
	for _, n := range s.cluster.Nodes() {
		switch id := n.ID(); {
		case up[id] != 1:
			return fmt.Errorf("prometheus: %s is not scraped", id)
		case age[id] > (s.topology.rateWindow() / 2).Seconds():
			return fmt.Errorf("prometheus: %s was scraped %.1f s ago", id, age[id])
		case scrapes[id] < 2:
			return fmt.Errorf("prometheus: %s was scraped %g times", id, scrapes[id])
		}
	}
	return nil
}

// p99 asks what the subject asks, in seconds by node. Of a node that has measured
// nothing there is no value, or NaN.
func (s *Stack) p99(ctx context.Context) (map[string]float64, error) {
	return s.byNode(ctx, s.p99Query())
}

func (s *Stack) p99Query() string {
	return `histogram_quantile(0.99, sum by (instance, le) (rate(ratelimiter_check_duration_seconds_bucket` +
		rangeOf(s.topology.rateWindow()) + `)))`
}

// Witness implements [stack.Witness]: nodes whose checks are slow, or were in the
// last few seconds, as an observation may have seen them then. A machine that is
// too busy makes them so. As it does not look in the same moment as the subject,
// what is nearly slow counts.
func (s *Stack) Witness(ctx context.Context) ([]fault.Mark, error) {
	p := s.cluster.Prometheus()
	if p == nil || p.State() != process.Running {
		return nil, nil
	}
	const nearly = 0.8
	p99, err := s.byNode(ctx, `max_over_time((`+s.p99Query()+`)[6s:250ms])`)
	if err != nil {
		return nil, err
	}
	var slow []fault.Mark
	for _, id := range s.NodeNames() {
		if p99[id] > nearly*maxLatency {
			slow = append(slow, fault.Mark{Invariant: highLatency, Entity: id})
		}
	}
	return slow, nil
}

// latencyWell: nothing slow is left.
func (s *Stack) latencyWell(ctx context.Context) error {
	p99, err := s.p99(ctx)
	if err != nil {
		return err
	}
	for _, n := range s.cluster.Nodes() {
		if value := p99[n.ID()]; value > maxLatency {
			return fmt.Errorf("prometheus: %s has a p99 of %g s", n.ID(), value)
		}
	}
	return nil
}

// measuredWell: there are latencies. Where there is too little load nothing may
// have been measured.
func (s *Stack) measuredWell(ctx context.Context) error {
	if !s.loadNow().measures(s.topology.Nodes, s.topology.rateWindow()) {
		return nil
	}
	p99, err := s.p99(ctx)
	if err != nil {
		return err
	}
	for _, n := range s.cluster.Nodes() {
		if value, measured := p99[n.ID()]; !measured || math.IsNaN(value) {
			return fmt.Errorf("prometheus: there is no latency of %s", n.ID())
		}
	}
	return nil
}

// allowedWell: what was allowed of each key that the load checks is counted, and
// of no key too much.
func (s *Stack) allowedWell(ctx context.Context) error {
	load := s.loadNow()
	if !s.topology.KeyLabels || load == nil {
		return nil
	}
	window := time.Duration(s.topology.DefaultWindow)
	counted, err := s.query(ctx, "key", `sum by (key) (increase(ratelimiter_requests_checked_total{result="allowed"}`+rangeOf(window)+`))`)
	if err != nil {
		return err
	}
	limit := max(load.Limit, s.topology.DefaultLimit)
	for _, key := range load.Keys {
		allowed, present := counted[key]
		switch {
		case !present && len(key) <= maxLabel:
			return fmt.Errorf("prometheus: there is no count of %s", failure.Quote(key))
		case allowed > float64(limit)*(1+ghostTolerance)+ghostSlack:
			return fmt.Errorf("prometheus: %g requests of %s were allowed", allowed, failure.Quote(key))
		}
	}
	return nil
}

// maxLabel is the length of the longest key that nodes label their counts with.
const maxLabel = 1024

// byNode evaluates an expression whose values have the label instance, which is
// the address that a node is registered by.
func (s *Stack) byNode(ctx context.Context, expr string) (map[string]float64, error) {
	byInstance, err := s.query(ctx, "instance", expr)
	if err != nil {
		return nil, fmt.Errorf("prometheus: %w", err)
	}
	values := map[string]float64{}
	for _, n := range s.cluster.Nodes() {
		if value, there := byInstance[n.Advertised()]; there {
			values[n.ID()] = value
		}
	}
	return values, nil
}

// query evaluates an expression now, by a label.
func (s *Stack) query(ctx context.Context, label, expr string) (map[string]float64, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return prometheus.ByLabel(ctx, s.cluster.PrometheusURL(), label, expr)
}
