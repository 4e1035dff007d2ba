package sim

import (
	"maps"
	"slices"
)

// The schedulers' names.
const (
	balanceRegion = "balance-region-scheduler"
	balanceLeader = "balance-leader-scheduler"
	// EvictLeader keeps leaders away from stores; PD lists it once, however many
	// stores there are.
	EvictLeader = "evict-leader-scheduler"
)

// EvictBatch is how many leaders are moved off a store at a time.
const EvictBatch = 3

func defaultSchedulers() []string {
	return []string{balanceRegion, "evict-slow-store-scheduler", "evict-stopping-store-scheduler", "balance-hot-region-scheduler", balanceLeader}
}

// Schedulers lists the schedulers' names.
func (c *Cluster) Schedulers() ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.bootstrapped() {
		return nil, notBootstrapped()
	}
	return slices.Clone(c.state.Schedulers), nil
}

// AddScheduler starts one of the default schedulers again.
func (c *Cluster) AddScheduler(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.bootstrapped() {
		return notBootstrapped()
	}
	if slices.Contains(c.state.Schedulers, name) {
		return refused("PD:scheduler:ErrSchedulerExisted", "scheduler existed")
	}
	c.state.Schedulers = append(c.state.Schedulers, name)
	c.dirty = true
	return nil
}

// KnownScheduler tells whether AddScheduler takes a name.
func KnownScheduler(name string) bool { return slices.Contains(defaultSchedulers(), name) }

// RemoveScheduler ends a scheduler, that which evicts leaders for all stores.
func (c *Cluster) RemoveScheduler(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.bootstrapped() {
		return notBootstrapped()
	}
	i := slices.Index(c.state.Schedulers, name)
	if i < 0 {
		return schedulerNotFound()
	}
	c.state.Schedulers = slices.Delete(c.state.Schedulers, i, i+1)
	if name == EvictLeader {
		clear(c.state.Evicted)
	}
	c.dirty = true
	return nil
}

// EvictLeaders moves all leaders off a store and keeps them off. A store that is
// treated so already stays so. It returns whether the scheduler was there
// before, on which the form of PD's refusal depends.
func (c *Cluster) EvictLeaders(store uint64) (existed bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.bootstrapped() {
		return false, notBootstrapped()
	}
	existed = slices.Contains(c.state.Schedulers, EvictLeader)
	if _, ok := c.state.Stores[store]; !ok {
		return existed, storeNotFound(store)
	}
	if !existed {
		c.state.Schedulers = append(c.state.Schedulers, EvictLeader)
	}
	c.state.Evicted[store] = struct{}{}
	c.dirty = true
	c.log.Info("leaders are being evicted", "store", store)
	return existed, nil
}

// StopEvicting lets a store lead again.
func (c *Cluster) StopEvicting(store uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.bootstrapped() {
		return notBootstrapped()
	}
	if _, ok := c.state.Evicted[store]; !ok {
		return schedulerNotFound()
	}
	delete(c.state.Evicted, store)
	if len(c.state.Evicted) == 0 {
		c.state.Schedulers = slices.DeleteFunc(c.state.Schedulers, func(s string) bool { return s == EvictLeader })
	}
	c.dirty = true
	c.log.Info("leaders are no longer evicted", "store", store)
	return nil
}

// Evicted lists the stores that leaders are kept from, by id, and false where
// there is no such scheduler.
func (c *Cluster) Evicted() ([]uint64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.state.Evicted)), slices.Contains(c.state.Schedulers, EvictLeader)
}
