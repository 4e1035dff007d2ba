package sim

import (
	"time"
)

// unhealthyAfter is the silence after which PD moves nothing to a store.
const unhealthyAfter = 10 * time.Minute

// RemoveStore begins to take a store out of the cluster: it becomes Offline, its
// regions are moved elsewhere, and then it is a Tombstone. A store that is
// destroyed will never come back: it is removed even where too few others are
// left to take its regions.
func (c *Cluster) RemoveStore(id uint64, destroyed bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.presentStore(id)
	if err != nil {
		return err
	}
	if s.Lifecycle == Offline && (s.Destroyed || !destroyed) {
		return nil
	}
	if left := c.upStores() - 1; !destroyed && left < Replicas {
		return refused("PD:cluster:ErrStoresNotEnough", "can not remove store %d since the number of up stores would be %d while need %d", id, left, Replicas)
	}
	s.Lifecycle, s.Destroyed = Offline, destroyed
	c.dirty = true
	c.log.Info("a store is being removed", "store", id, "destroyed", destroyed)
	return nil
}

// UpStore takes a removal back.
func (c *Cluster) UpStore(id uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.presentStore(id)
	if err != nil {
		return err
	}
	if s.Destroyed {
		return refused("PD:core:ErrStoreDestroyed", "store %d has been physically destroyed", id)
	}
	s.Lifecycle = Up
	c.dirty = true
	return nil
}

// presentStore finds a store that is no tombstone.
func (c *Cluster) presentStore(id uint64) (*Store, error) {
	if !c.bootstrapped() {
		return nil, notBootstrapped()
	}
	s, ok := c.state.Stores[id]
	if !ok {
		return nil, storeNotFound(id)
	}
	if s.Lifecycle == Tombstone {
		return nil, storeRemoved(id)
	}
	return s, nil
}

func (c *Cluster) upStores() int {
	up := 0
	for _, s := range c.state.Stores {
		if s.Lifecycle == Up {
			up++
		}
	}
	return up
}

// bury makes tombstones of the stores that were emptied.
func (c *Cluster) bury(loads map[uint64]load) {
	for id, s := range c.state.Stores {
		if s.Lifecycle == Offline && loads[id].peers == 0 {
			s.Lifecycle = Tombstone
			c.dirty = true
			c.log.Info("a store is a tombstone", "store", id)
		}
	}
}

// alive tells whether a store takes part in elections and can be given peers.
// Its silence counts from when PD itself woke up at the earliest: a PD that was
// away has heard nothing from anyone.
func (c *Cluster) alive(id uint64, now time.Time) bool {
	s, ok := c.state.Stores[id]
	if !ok || s.Lifecycle == Tombstone {
		return false
	}
	heard := s.LastHeartbeat
	if c.awake.After(heard) {
		heard = c.awake
	}
	return now.Sub(heard) < c.settings.ElectionAfter
}

// serving tells whether a store is a place to move something to.
func (c *Cluster) serving(id uint64, now time.Time) bool {
	s, ok := c.state.Stores[id]
	return ok && s.Lifecycle == Up && c.alive(id, now)
}
