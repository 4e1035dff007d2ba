package tikv

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/store"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/tikvcluster"
)

// storeSlow makes a store answer slowly.
func storeSlow() stack.Kind {
	type params struct {
		Store   int    `json:"store"`
		Latency string `json:"latency"`
	}
	return stack.Kind{
		Name:    "store_slow",
		Summary: "a store's slowest requests take long; Heal makes them as fast as before",
		With: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["store"],"properties":{
			"store":{"type":"integer","minimum":1,"description":"its ID"},
			"latency":{"type":"string","default":"900ms","description":"what one request in twenty takes, a duration"}}}`),
		New: newOwn(params{Latency: "900ms"}, func(s *Stack, p params) (*own, error) {
			target, err := s.store(p.Store)
			if err != nil {
				return nil, err
			}
			latency, err := time.ParseDuration(p.Latency)
			if err != nil || latency <= 0 {
				return nil, fmt.Errorf("with.latency: want a duration of more than 0s, such as 900ms, not %q", p.Latency)
			}
			return &own{
				name: "slow store " + strconv.Itoa(p.Store),
				impact: fault.Impact{
					Breaks: []fault.Mark{{Invariant: "high_latency", Entity: strconv.Itoa(p.Store)}},
					Delay:  rateWindow,
				},
				inject: behave(target, tikvcluster.Behaviour{LatencySeconds: new(latency.Seconds())}),
				heal:   behave(target, tikvcluster.Behaviour{LatencySeconds: new(store.DefaultBehaviour().LatencySeconds)}),
			}, nil
		}),
	}
}

// storeFull fills a store's disk.
func storeFull() stack.Kind {
	type params struct {
		Store int     `json:"store"`
		Used  float64 `json:"used"`
	}
	return stack.Kind{
		Name:    "store_full",
		Summary: "a store's disk fills up; Heal empties it to what it was",
		With: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["store"],"properties":{
			"store":{"type":"integer","minimum":1,"description":"its ID"},
			"used":{"type":"number","exclusiveMinimum":0.7,"maximum":1,"default":0.95,"description":"the share of its capacity that is used"}}}`),
		New: newOwn(params{Used: 0.95}, func(s *Stack, p params) (*own, error) {
			target, err := s.store(p.Store)
			if err != nil {
				return nil, err
			}
			return &own{
				name: "full store " + strconv.Itoa(p.Store),
				impact: fault.Impact{
					Breaks: []fault.Mark{{Invariant: "low_disk_space", Entity: strconv.Itoa(p.Store)}},
					Delay:  2 * heartbeat,
				},
				inject: behave(target, tikvcluster.Behaviour{UsedRatio: &p.Used}),
				heal:   behave(target, tikvcluster.Behaviour{UsedRatio: new(store.DefaultBehaviour().UsedRatio)}),
			}, nil
		}),
	}
}

// behave tells a store how to fare, once it runs.
func behave(s *tikvcluster.Store, b tikvcluster.Behaviour) func(context.Context) error {
	return func(ctx context.Context) error { return s.Behave(ctx, b) }
}

// storeRemoved has a store removed, and takes that back.
func storeRemoved() stack.Kind {
	type params struct {
		Store int `json:"store"`
	}
	return stack.Kind{
		Name:    "store_removed",
		Summary: "somebody has PD remove a store, which is then Offline; Heal takes it back",
		With: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["store"],"properties":{
			"store":{"type":"integer","minimum":1,"description":"its ID"}}}`),
		New: newOwn(params{}, func(s *Stack, p params) (*own, error) {
			if _, err := s.store(p.Store); err != nil {
				return nil, err
			}
			id := strconv.Itoa(p.Store)
			return &own{
				name: "removed store " + id,
				impact: fault.Impact{
					Breaks: []fault.Mark{{Invariant: "store_down", Entity: id}},
					May:    marks("under_replicated", "leader_imbalance"), // while regions are moved
				},
				inject: func(ctx context.Context) error { return s.cluster.AskPD(ctx, "DELETE", "/store/"+id, nil, nil) },
				heal: func(ctx context.Context) error {
					return s.cluster.AskPD(ctx, "POST", "/store/"+id+"/state?state=Up", nil, nil)
				},
			}, nil
		}),
	}
}
