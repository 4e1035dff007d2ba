package tikv

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
)

// rateWindow is the range over which the subject takes rates: a few scrapes.
const rateWindow = 5 * time.Second

// The bounds of a healthy store, those of the subject's defaults.
const (
	maxLatency = 0.1 // seconds
	maxUsed    = 0.7
	tolerance  = 0.5
	slack      = 10
)

// Healthy implements [stack.Stack]. It asks PD and Prometheus themselves, past
// the operator's links, whether every store serves, every region is whole, the
// leaders are spread, and the metrics of the last few seconds are there.
func (s *Stack) Healthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for _, p := range s.Parts() {
		if p.State() != process.Running {
			return fmt.Errorf("%s: %s", p.Name(), p.State())
		}
	}
	for _, check := range []func(context.Context) error{s.storesWell, s.regionsWell, s.leadersWell, s.metricsWell} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stack) storesWell(ctx context.Context) error {
	var list struct {
		Stores []struct {
			Store struct {
				ID        uint64 `json:"id"`
				Address   string `json:"address"`
				StateName string `json:"state_name"`
			} `json:"store"`
		} `json:"stores"`
	}
	if err := s.cluster.AskPD(ctx, "GET", "/stores", nil, &list); err != nil {
		return err
	}
	up := map[uint64]string{}
	for _, st := range list.Stores {
		if st.Store.StateName == sim.StateUp {
			up[st.Store.ID] = st.Store.Address
		}
	}
	for _, store := range s.cluster.Stores() {
		if up[store.ID()] != store.Address() {
			return fmt.Errorf("store %d is not up", store.ID())
		}
	}
	return nil
}

func (s *Stack) regionsWell(ctx context.Context) error {
	for _, check := range []sim.Check{sim.MissPeer, sim.DownPeers, sim.PendingPeer} {
		var list struct {
			Count int `json:"count"`
		}
		if err := s.cluster.AskPD(ctx, "GET", "/regions/check/"+string(check), nil, &list); err != nil {
			return err
		}
		if list.Count > 0 {
			return fmt.Errorf("%s: %d regions", check, list.Count)
		}
	}
	return nil
}

func (s *Stack) leadersWell(ctx context.Context) error {
	var stats struct {
		Count   float64            `json:"count"`
		Leaders map[string]float64 `json:"store_leader_count"`
	}
	if err := s.cluster.AskPD(ctx, "GET", "/stats/region", nil, &stats); err != nil {
		return err
	}
	sum := 0.0
	for _, n := range stats.Leaders {
		sum += n
	}
	if stats.Count == 0 || sum != stats.Count {
		return fmt.Errorf("%g of %g regions have a leader", sum, stats.Count)
	}
	fair := stats.Count / float64(len(s.cluster.Stores()))
	for id, n := range stats.Leaders {
		if n > fair*(1+tolerance)+slack {
			return fmt.Errorf("store %s has %g leaders of %g", id, n, stats.Count)
		}
	}
	evicting, err := s.evicting(ctx)
	if err == nil && len(evicting) > 0 {
		err = fmt.Errorf("leaders are evicted from %q", evicting)
	}
	return err
}

// metricsWell asks what the subject asks: a value of each store, none too high.
// A load of nothing has no latency.
func (s *Stack) metricsWell(ctx context.Context) error {
	window := strconv.FormatInt(rateWindow.Milliseconds(), 10) + "ms"
	scrapes, err := s.query(ctx, `sum_over_time(up{job="tikv"}[`+window+`])`)
	if err != nil {
		return err
	}
	latency, err := s.query(ctx, `histogram_quantile(0.99, sum by (instance, le) (rate(tikv_grpc_msg_duration_seconds_bucket[`+window+`])))`)
	if err != nil {
		return err
	}
	used, err := s.query(ctx, `1 - min by (instance) (tikv_store_size_bytes{type="available"}) / min by (instance) (tikv_store_size_bytes{type="capacity"})`)
	if err != nil {
		return err
	}
	s.mu.Lock()
	idle := s.rate == 0
	s.mu.Unlock()
	for _, store := range s.cluster.Stores() {
		if n := scrapes[store.Address()]; n < 3 {
			return fmt.Errorf("store %d was scraped %g times in %s", store.ID(), n, rateWindow)
		}
		if p99, ok := latency[store.Address()]; !idle && (!ok || !(p99 <= maxLatency)) {
			return fmt.Errorf("store %d has a p99 of %g s", store.ID(), p99)
		}
		if share, ok := used[store.Address()]; !ok || !(share <= maxUsed) {
			return fmt.Errorf("%g of the disk of store %d is used", share, store.ID())
		}
	}
	return nil
}

// query evaluates an expression now, by instance.
func (s *Stack) query(ctx context.Context, expr string) (map[string]float64, error) {
	return prometheus.ByLabel(ctx, s.cluster.PrometheusURL(), "instance", expr)
}
