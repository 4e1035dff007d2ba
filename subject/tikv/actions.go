package tikv

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// The names of the actions.
const (
	transferLeader      = "transfer_leader"
	transferPeer        = "transfer_peer"
	evictLeaders        = "evict_leaders"
	stopEvictingLeaders = "stop_evicting_leaders"
)

// handlers returns how the actions of the catalogue are done.
func (s *Subject) handlers() []kit.Handler {
	var handlers []kit.Handler
	for _, spec := range s.def.Actions {
		switch spec.Name {
		case transferLeader:
			handlers = append(handlers, kit.Handle(spec, s.transferLeader))
		case transferPeer:
			handlers = append(handlers, kit.Handle(spec, s.transferPeer))
		case evictLeaders:
			handlers = append(handlers, kit.Handle(spec, s.evictLeaders))
		case stopEvictingLeaders:
			handlers = append(handlers, kit.Handle(spec, s.stopEvicting))
		}
	}
	return handlers
}

func (s *Subject) transferLeader(ctx context.Context, p transferLeaderParams, dryRun bool) (protocol.Outcome, error) {
	region, err := s.region(ctx, transferLeader, p.RegionID)
	if err != nil {
		return protocol.Outcome{}, err
	}
	if err := s.mustBeUp(ctx, transferLeader, "to_store_id", p.ToStoreID); err != nil {
		return protocol.Outcome{}, err
	}
	to := p.ToStoreID.number()
	peer := slices.IndexFunc(region.Peers, func(peer pd.Peer) bool { return peer.StoreID == to })
	if peer < 0 || region.Peers[peer].IsLearner || region.Peers[peer].IsWitness {
		return protocol.Outcome{}, refuse(transferLeader, protocol.FailedPrecondition, "to_store_id",
			fmt.Sprintf("store %d has no peer of region %d that could lead it; its peers are on %s", to, region.ID, peerStores(region)))
	}
	before := json.RawMessage("null")
	if region.Leader != nil {
		if region.Leader.StoreID == to {
			return unchanged(dryRun, fmt.Sprintf("store %d leads region %d already", to, region.ID)), nil
		}
		before = quoted(region.Leader.StoreID)
	}
	change := protocol.Change{Entity: text(region.ID), Field: "leader_store_id", Before: before, After: quoted(to)}
	return s.change(ctx, transferLeader, dryRun, fmt.Sprintf("the leader of region %d to store %d", region.ID, to), change,
		func(ctx context.Context) error { return s.pd.TransferLeader(ctx, region.ID, to) })
}

func (s *Subject) transferPeer(ctx context.Context, p transferPeerParams, dryRun bool) (protocol.Outcome, error) {
	region, err := s.region(ctx, transferPeer, p.RegionID)
	if err != nil {
		return protocol.Outcome{}, err
	}
	if _, err := s.store(ctx, transferPeer, "from_store_id", p.FromStoreID); err != nil {
		return protocol.Outcome{}, err
	}
	if err := s.mustBeUp(ctx, transferPeer, "to_store_id", p.ToStoreID); err != nil {
		return protocol.Outcome{}, err
	}
	from, to := p.FromStoreID.number(), p.ToStoreID.number()
	has := func(store uint64) bool {
		return slices.ContainsFunc(region.Peers, func(peer pd.Peer) bool { return peer.StoreID == store })
	}
	switch {
	case has(to) && !has(from):
		return unchanged(dryRun, fmt.Sprintf("region %d is on store %d already, and not on store %d", region.ID, to, from)), nil
	case !has(from):
		return protocol.Outcome{}, refuse(transferPeer, protocol.FailedPrecondition, "from_store_id",
			fmt.Sprintf("store %d has no peer of region %d; its peers are on %s", from, region.ID, peerStores(region)))
	case has(to):
		return protocol.Outcome{}, refuse(transferPeer, protocol.FailedPrecondition, "to_store_id",
			fmt.Sprintf("store %d has a peer of region %d already; its peers are on %s", to, region.ID, peerStores(region)))
	}
	change := protocol.Change{Entity: text(region.ID), Field: "peer_store_id", Before: quoted(from), After: quoted(to)}
	return s.change(ctx, transferPeer, dryRun, fmt.Sprintf("a peer of region %d from store %d to store %d", region.ID, from, to), change,
		func(ctx context.Context) error { return s.pd.TransferPeer(ctx, region.ID, from, to) })
}

func (s *Subject) evictLeaders(ctx context.Context, p storeParams, dryRun bool) (protocol.Outcome, error) {
	store, err := s.store(ctx, evictLeaders, "store_id", p.StoreID)
	if err != nil {
		return protocol.Outcome{}, err
	}
	evicting, err := s.evicting(ctx, evictLeaders, store.ID)
	if err != nil {
		return protocol.Outcome{}, err
	}
	if evicting {
		return unchanged(dryRun, fmt.Sprintf("leaders are being evicted from store %d already", store.ID)), nil
	}
	change := protocol.Change{Entity: text(store.ID), Field: "evicting_leaders", Before: json.RawMessage("false"), After: json.RawMessage("true")}
	return s.change(ctx, evictLeaders, dryRun, fmt.Sprintf("%d leaders off store %d", store.LeaderCount, store.ID), change,
		func(ctx context.Context) error { return s.pd.AddEvictLeader(ctx, store.ID) })
}

func (s *Subject) stopEvicting(ctx context.Context, p storeParams, dryRun bool) (protocol.Outcome, error) {
	store := p.StoreID.number()
	evicting, err := s.evicting(ctx, stopEvictingLeaders, store)
	if err != nil {
		return protocol.Outcome{}, err
	}
	none := fmt.Sprintf("no leaders are being evicted from store %d", store)
	if !evicting {
		// PD's list outlives its stores, so only a store that is not in it has to be
		// one that PD knows.
		if _, err := s.store(ctx, stopEvictingLeaders, "store_id", p.StoreID); err != nil {
			return protocol.Outcome{}, err
		}
		return unchanged(dryRun, none), nil
	}
	change := protocol.Change{Entity: text(store), Field: "evicting_leaders", Before: json.RawMessage("true"), After: json.RawMessage("false")}
	gone := false
	outcome, err := s.change(ctx, stopEvictingLeaders, dryRun, fmt.Sprintf("leaders to store %d again", store), change,
		func(ctx context.Context) error {
			err := s.pd.RemoveEvictLeader(ctx, store)
			if gone = pd.NotFound(err); gone {
				return nil // somebody else was quicker
			}
			return err
		})
	if err == nil && gone {
		return unchanged(false, none), nil
	}
	return outcome, err
}

// quoted is an ID as a JSON value.
func quoted(n uint64) json.RawMessage { return json.RawMessage(strconv.Quote(text(n))) }
