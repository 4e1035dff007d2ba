package sim

import (
	"maps"
	"slices"
	"time"
)

const (
	// leaderLimit is how many leaders may be on their way at a time, PD's
	// leader-schedule-limit; replicaLimit, far less than PD's, lets a store drain
	// at a pace that can be watched.
	leaderLimit  = 4
	replicaLimit = 4
	// tolerance is the difference between two stores that is not worth a move.
	// PD's own depends on sizes; in the recordings 11 to 16 is left alone.
	tolerance = 5
)

// schedule makes the operators that the cluster needs now, the urgent first.
func (c *Cluster) schedule(now time.Time) {
	loads := c.load()
	c.bury(loads)
	for _, id := range slices.Sorted(maps.Keys(c.state.Evicted)) {
		c.evict(id, loads, now)
	}
	for _, id := range slices.Sorted(maps.Keys(c.state.Stores)) {
		switch c.stateOf(c.state.Stores[id], now) {
		case StateOffline:
			c.drain(id, "replace-offline-replica", loads, now)
		case StateDown:
			c.drain(id, "replace-down-replica", loads, now)
		}
	}
	if slices.Contains(c.state.Schedulers, balanceLeader) {
		c.balanceLeaders(loads, now)
	}
	if slices.Contains(c.state.Schedulers, balanceRegion) {
		c.balanceRegions(loads, now)
	}
}

// free tells whether the schedulers may touch a region: nothing else is being
// done to it, and it has a leader to do it.
func (c *Cluster) free(r *Region, now time.Time) bool {
	_, busy := c.operators[r.ID]
	leader, led := r.LeaderPeer()
	return !busy && led && r.Trouble == Healthy && c.alive(leader.StoreID, now)
}

// under counts the operators that move only a leader, or those that move a peer.
func (c *Cluster) under(leader bool) int {
	n := 0
	for _, o := range c.operators {
		if o.leader == leader {
			n++
		}
	}
	return n
}

func (c *Cluster) evict(store uint64, loads map[uint64]load, now time.Time) {
	batch := EvictBatch
	for _, r := range c.state.Regions {
		if batch == 0 || c.under(true) >= leaderLimit {
			return
		}
		if !r.leads(store) || !c.free(r, now) {
			continue
		}
		p, ok := c.successor(r, store, loads, now)
		if _, evicted := c.state.Evicted[p.StoreID]; !ok || evicted || !c.serving(p.StoreID, now) {
			continue
		}
		c.operators[r.ID] = c.transferLeader(EvictLeader, "leader", r, p.StoreID)
		batch--
	}
}

// drain moves the peers of a store elsewhere, as far as there is a place and a
// leader to do it.
func (c *Cluster) drain(store uint64, name string, loads map[uint64]load, now time.Time) {
	for _, r := range c.state.Regions {
		if c.under(false) >= replicaLimit {
			return
		}
		if _, ok := r.On(store); !ok || !c.free(r, now) {
			continue
		}
		if to, ok := c.roomiest(r, loads, now); ok {
			c.operators[r.ID] = c.movePeer(name, "replica,region", r, store, to)
			count(loads, to, func(l *load) { l.peers++ })
		}
	}
}

// roomiest is the store with the fewest peers that has none of a region.
func (c *Cluster) roomiest(r *Region, loads map[uint64]load, now time.Time) (uint64, bool) {
	best := uint64(0)
	for _, id := range slices.Sorted(maps.Keys(c.state.Stores)) {
		if _, taken := r.On(id); taken || !c.serving(id, now) {
			continue
		}
		if best == 0 || loads[id].peers < loads[best].peers {
			best = id
		}
	}
	return best, best != 0
}

// balanceLeaders moves one leader from the store with the most to that with the
// fewest, where that is worth it.
func (c *Cluster) balanceLeaders(loads map[uint64]load, now time.Time) {
	takes := func(id uint64) bool {
		_, evicted := c.state.Evicted[id]
		return !evicted && c.serving(id, now)
	}
	least, most, ok := c.extremes(takes, func(id uint64) int { return loads[id].leaders })
	if !ok || c.under(true) >= leaderLimit {
		return
	}
	for _, r := range c.state.Regions {
		if _, ok := r.On(least); ok && r.leads(most) && c.free(r, now) {
			c.operators[r.ID] = c.transferLeader(balanceLeader, "leader", r, least)
			return
		}
	}
}

// balanceRegions does the same with peers.
func (c *Cluster) balanceRegions(loads map[uint64]load, now time.Time) {
	least, most, ok := c.extremes(func(id uint64) bool { return c.serving(id, now) }, func(id uint64) int { return loads[id].peers })
	if !ok || c.under(false) >= replicaLimit {
		return
	}
	for _, r := range c.state.Regions {
		_, has := r.On(most)
		if _, taken := r.On(least); has && !taken && c.free(r, now) {
			c.operators[r.ID] = c.movePeer(balanceRegion, "region", r, most, least)
			return
		}
	}
}

// extremes finds the stores with the least and the most, of those that take
// part; false where they hardly differ.
func (c *Cluster) extremes(takes func(uint64) bool, of func(uint64) int) (least, most uint64, ok bool) {
	for _, id := range slices.Sorted(maps.Keys(c.state.Stores)) {
		if !takes(id) {
			continue
		}
		if least == 0 || of(id) < of(least) {
			least = id
		}
		if most == 0 || of(id) > of(most) {
			most = id
		}
	}
	return least, most, least != 0 && of(most)-of(least) > tolerance
}

func count(loads map[uint64]load, store uint64, change func(*load)) {
	l := loads[store]
	change(&l)
	loads[store] = l
}
