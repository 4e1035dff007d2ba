//go:build conformance

package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/tikvcluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// system is a TiKV cluster that the suite may change.
type system struct {
	*tikvcluster.Cluster

	home placement // of the region that the examples are about
	away uint64    // the store without a peer of it
}

// region is the one that the examples are about, and evictLeader the scheduler.
const (
	region      = 8
	evictLeader = "/schedulers/" + sim.EvictLeader
)

// start starts one that places nothing by itself, and that does quickly what it
// is told.
func start(t *testing.T) *system {
	t.Helper()
	programs, err := simulation.Programs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := &system{Cluster: tikvcluster.New(t, tikvcluster.Options{
		Programs: programs, Pace: time.Millisecond,
		DisconnectAfter: time.Minute, ElectionAfter: time.Minute, DownPeerAfter: time.Minute,
	})}
	for _, scheduler := range []string{"balance-leader-scheduler", "balance-region-scheduler"} {
		if err := s.AskPD(t.Context(), http.MethodDelete, "/schedulers/"+scheduler, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Trouble(t.Context(), region, sim.Healthy); err != nil { // which ends what was under way
		t.Fatal(err)
	}
	if s.home, err = s.placement(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := s.Stores()
	s.away = all[slices.IndexFunc(all, func(st *tikvcluster.Store) bool { return !slices.Contains(s.home.stores, st.ID()) })].ID()
	return s
}

// placement is where a region's peers are, the leader's first.
type placement struct{ stores []uint64 }

func (p placement) String() string { return fmt.Sprint(p.stores) }

func (s *system) placement(ctx context.Context) (placement, error) {
	type peer struct {
		Store uint64 `json:"store_id"`
	}
	var found struct {
		Leader peer
		Peers  []peer
	}
	if err := s.AskPD(ctx, http.MethodGet, fmt.Sprintf("/region/id/%d", region), nil, &found); err != nil {
		return placement{}, err
	}
	followers := make([]uint64, 0, len(found.Peers))
	for _, p := range found.Peers {
		if p != found.Leader {
			followers = append(followers, p.Store)
		}
	}
	slices.Sort(followers)
	return placement{append([]uint64{found.Leader.Store}, followers...)}, nil
}

// reset brings the region home, and has no leaders evicted.
func (s *system) reset(ctx context.Context) error {
	if err := s.Trouble(ctx, region, sim.Healthy); err != nil {
		return err
	}
	if evicting, err := s.evicting(ctx); err != nil {
		return err
	} else if evicting != "" {
		if err := s.AskPD(ctx, http.MethodDelete, evictLeader, nil, nil); err != nil {
			return err
		}
	}
	return wait.For(ctx, "the region to be where it was", func() (bool, error) {
		is, err := s.placement(ctx)
		if err != nil || is.String() == s.home.String() {
			return err == nil, err
		}
		return false, s.send(ctx, is)
	})
}

// send has a region move one step towards its home. PD refuses while it is on
// its way.
func (s *system) send(ctx context.Context, is placement) error {
	operator := map[string]any{"name": "transfer-leader", "region_id": region, "to_store_id": s.home.stores[0]}
	for _, from := range is.stores {
		if !slices.Contains(s.home.stores, from) {
			to := slices.IndexFunc(s.home.stores, func(id uint64) bool { return !slices.Contains(is.stores, id) })
			operator["name"], operator["from_store_id"], operator["to_store_id"] = "transfer-peer", from, s.home.stores[to]
		}
	}
	return s.AskPD(ctx, http.MethodPost, "/operators", operator, nil)
}

// evict also has leaders be evicted from the store that is away.
func (s *system) evict(ctx context.Context) error {
	if err := s.reset(ctx); err != nil {
		return err
	}
	return s.AskPD(ctx, http.MethodPost, "/schedulers", map[string]any{"name": sim.EvictLeader, "store_id": s.away}, nil)
}

// evicting is how leaders are evicted, empty where they are not.
func (s *system) evicting(ctx context.Context) (string, error) {
	var schedulers []string
	if err := s.AskPD(ctx, http.MethodGet, "/schedulers", nil, &schedulers); err != nil {
		return "", err
	}
	if !slices.Contains(schedulers, sim.EvictLeader) {
		return "", nil
	}
	var config map[string]any
	err := s.AskPD(ctx, http.MethodGet, "/scheduler-config/"+sim.EvictLeader+"/list", nil, &config)
	return fmt.Sprint(config), err
}

// probe reads what the actions of the examples change, once PD has done what it
// was told: what is under way changes by itself.
func (s *system) probe(ctx context.Context) (string, error) {
	err := wait.For(ctx, "PD to be done with the region", func() (bool, error) {
		var operators []string
		err := s.AskPD(ctx, http.MethodGet, "/operators", nil, &operators)
		return !slices.ContainsFunc(operators, func(o string) bool { return strings.Contains(o, fmt.Sprintf("region:%d(", region)) }), err
	})
	if err != nil {
		return "", err
	}
	is, err := s.placement(ctx)
	if err != nil {
		return "", err
	}
	evicting, err := s.evicting(ctx)
	return strings.Join([]string{"peers on " + is.String(), "evicting " + evicting}, "\n"), err
}
