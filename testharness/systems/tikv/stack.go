package tikv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/tikvcluster"
)

// Stack is a running cluster with the harness on its connections.
type Stack struct {
	net     *network.Net
	cluster *tikvcluster.Cluster
	pd      *network.Link // the operator's
	prom    *network.Link // the operator's

	mu     sync.Mutex
	rate   float64 // requests per second and leader, what a store is told after a restart
	ending sync.Once
	result error
}

type topology struct {
	Stores  int `json:"stores"`
	Regions int `json:"regions"`
}

func start(ctx context.Context, o Options, so stack.Options) (_ *Stack, err error) {
	var t topology
	if len(so.Topology) > 0 {
		if err := json.Unmarshal(so.Topology, &t); err != nil {
			return nil, fmt.Errorf("read the topology: %w", err)
		}
	}
	log := so.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Stack{rate: defaultRate}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.net, err = network.New(log); err != nil {
		return nil, err
	}
	// PD tells its clients where to find it, so the link is there before it is.
	if s.pd, err = s.net.HTTP(ctx, network.Operator, "pd", ""); err != nil {
		return nil, err
	}
	s.cluster, err = tikvcluster.Start(ctx, tikvcluster.Options{
		Stores: t.Stores, Regions: t.Regions, Programs: o.Programs, Log: log,
		PDAdvertise: "http://" + s.pd.Address(), Via: s.via,
	})
	if err != nil {
		return nil, err
	}
	if err = s.pd.Retarget(s.cluster.PD().Address()); err != nil {
		return nil, err
	}
	s.prom, err = s.net.HTTP(ctx, network.Operator, "prometheus", s.cluster.Prometheus().Address())
	if err != nil {
		return nil, err
	}
	return s, nil
}

// via puts a link between two parts of the cluster.
func (s *Stack) via(ctx context.Context, from, name, to string) (string, error) {
	link, err := s.net.HTTP(ctx, from, name, to)
	if err != nil {
		return "", err
	}
	return link.Address(), nil
}

// Parts implements [stack.Stack].
func (s *Stack) Parts() []stack.Part {
	parts := []stack.Part{s.cluster.PD()}
	for _, store := range s.cluster.Stores() {
		parts = append(parts, store)
	}
	return append(parts, s.cluster.Prometheus())
}

// Links implements [stack.Stack].
func (s *Stack) Links() []*network.Link { return s.net.Links() }

// Config implements [stack.Stack]. Timeouts are long for servers on this machine,
// which may be busy, and so short that an observation of a system that hangs is
// over well before its deadline.
func (s *Stack) Config() json.RawMessage {
	ids := make([]string, 0, len(s.cluster.Stores()))
	for _, store := range s.cluster.Stores() {
		ids = append(ids, strconv.FormatUint(store.ID(), 10))
	}
	config, err := json.Marshal(map[string]any{
		"pd":         map[string]any{"endpoints": []string{"http://" + s.pd.Address()}, "timeout": "2s"},
		"prometheus": map[string]any{"url": "http://" + s.prom.Address(), "timeout": "2s", "rate_window": rateWindow.String()},
		"stores":     map[string]any{"expected": ids},
	})
	if err != nil {
		panic(err) // not reached: these are values of JSON
	}
	return config
}

// Needs implements [stack.Stack]: PD knows the stores and regions, Prometheus
// how fast the stores are, of those that PD names.
func (s *Stack) Needs() map[string][][]string {
	pd, prometheus := []string{s.pd.Name()}, []string{s.prom.Name()}
	return map[string][][]string{
		"store_down":            {pd},
		"pd_unavailable":        {pd},
		"metrics_unavailable":   {prometheus},
		"high_latency":          {pd, prometheus},
		"low_disk_space":        {pd},
		"region_without_leader": {pd},
		"under_replicated":      {pd},
		"leader_imbalance":      {pd},
	}
}

// Close implements [stack.Stack].
func (s *Stack) Close() error {
	s.ending.Do(func() {
		if s.cluster != nil {
			s.result = s.cluster.Close()
		}
		if s.net != nil {
			s.result = errors.Join(s.result, s.net.Close())
		}
	})
	return s.result
}
