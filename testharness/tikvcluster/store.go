package tikvcluster

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/ask"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/parts"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/store"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
)

// Store is one store. Its address is also the label instance of its metrics.
type Store struct {
	*Server

	id uint64
}

// ID is the store's number in PD; the first has 1.
func (s *Store) ID() uint64 { return s.id }

// Behaviour tells how a store fares, see [store.Behaviour]. Nil stays as it is.
type Behaviour struct {
	// LatencySeconds is what the slowest requests take.
	LatencySeconds *float64 `json:"latency_seconds,omitempty"`
	// UsedRatio is the part of the disk that is used, 0 to 1.
	UsedRatio *float64 `json:"used_ratio,omitempty"`
	// RatePerLeader is the number of requests per second and region led.
	RatePerLeader *float64 `json:"rate_per_leader,omitempty"`
}

// Behave changes how a running store fares, until it is restarted.
func (s *Store) Behave(ctx context.Context, b Behaviour) error {
	return ask.Send(ctx, "POST", s.URL()+store.BehaviourPath, b, nil)
}

func (c *Cluster) startStores(ctx context.Context) error {
	c.stores = make([]*Store, c.options.Stores)
	return errors.Join(parts.AtOnce(c.stores, func(i int, _ *Store) (err error) {
		c.stores[i], err = c.startStore(ctx, uint64(i)+1)
		return err
	})...)
}

func (c *Cluster) startStore(ctx context.Context, id uint64) (*Store, error) {
	name := "tikv-" + strconv.FormatUint(id, 10)
	pd, err := c.options.Via(ctx, name, "pd", c.pd.Address())
	if err != nil {
		return nil, fmt.Errorf("connect %s with PD: %w", name, err)
	}
	s, err := startServer(ctx, func(address string) process.Spec {
		return process.Spec{
			Name: name, Path: c.options.Programs.Store,
			Args: c.options.storeArgs(id, address, "http://"+pd),
			Ready: func(ctx context.Context) error {
				var status struct {
					StoreID uint64 `json:"store_id"`
				}
				if err := ask.JSON(ctx, "http://"+address+"/status", &status); err != nil {
					return err
				}
				if status.StoreID != id {
					return fmt.Errorf("store %d answers on %s", status.StoreID, address)
				}
				return nil
			},
		}
	})
	if err != nil {
		return nil, err
	}
	return &Store{s, id}, nil
}

// up tells whether every store is Up with its own address.
func (c *Cluster) up(ctx context.Context) func() (bool, error) {
	return func() (bool, error) {
		var list struct {
			Stores []struct {
				Store struct {
					ID        uint64
					Address   string
					StateName string `json:"state_name"`
				}
			}
		}
		if err := ask.JSON(ctx, c.pd.URL()+"/pd/api/v1/stores", &list); err != nil {
			return false, err
		}
		up := map[uint64]string{}
		for _, s := range list.Stores {
			if s.Store.StateName == "Up" {
				up[s.Store.ID] = s.Store.Address
			}
		}
		for _, s := range c.stores {
			if up[s.id] != s.Address() {
				return false, fmt.Errorf("store %d is not up", s.id)
			}
		}
		return true, nil
	}
}
