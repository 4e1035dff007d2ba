package sim

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Lifecycle is how far a store is on its way out of the cluster, by PD's numbers.
type Lifecycle int

// The lifecycles.
const (
	Up Lifecycle = iota
	Offline
	Tombstone
)

// The names of what a store is, in StoreView.State.
const (
	StateUp           = "Up"
	StateDisconnected = "Disconnected"
	StateDown         = "Down"
	StateOffline      = "Offline"
	StateTombstone    = "Tombstone"
)

// Store is what is known of one store.
type Store struct {
	ID            uint64    `json:"id"`
	Address       string    `json:"address"`
	Version       string    `json:"version"`
	Lifecycle     Lifecycle `json:"lifecycle"`
	Destroyed     bool      `json:"destroyed"`
	LastHeartbeat time.Time `json:"last_heartbeat"`
	Started       time.Time `json:"started"`
	// Capacity, Available and Used are bytes.
	Capacity  int64 `json:"capacity"`
	Available int64 `json:"available"`
	Used      int64 `json:"used"`
}

// StoreView is a store and what follows from everything else.
type StoreView struct {
	Store
	State string
	// Leaders and Regions count the regions that it leads and has.
	Leaders, Regions int
	// LeaderSize and RegionSize are how large those are, in MiB.
	LeaderSize, RegionSize int64
	PendingPeers           int
}

// Report is what a store says of itself in a heartbeat.
type Report struct {
	StoreID   uint64    `json:"store_id"`
	Address   string    `json:"address"`
	Version   string    `json:"version"`
	Started   time.Time `json:"started"`
	Capacity  int64     `json:"capacity"`
	Available int64     `json:"available"`
	Used      int64     `json:"used"`
}

// Duties is what a store learns in return: how many regions it leads, and how
// many it has.
type Duties struct {
	Leaders int `json:"leaders"`
	Regions int `json:"regions"`
}

// Heartbeat takes a store's report; the first one makes it known, and the one
// that makes enough stores known bootstraps the cluster. A store that was
// removed is refused, and so is an address that another one has.
func (c *Cluster) Heartbeat(r Report) (Duties, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if r.StoreID == 0 || r.Address == "" {
		return Duties{}, refused("", "a store has an id and an address")
	}
	s, known := c.state.Stores[r.StoreID]
	for _, other := range c.state.Stores {
		if other.Address == r.Address && other.ID != r.StoreID && other.Lifecycle != Tombstone {
			return Duties{}, refused("", "store %d has the address of store %d, %s", r.StoreID, other.ID, r.Address)
		}
	}
	switch {
	case known && s.Lifecycle == Tombstone:
		return Duties{}, storeRemoved(r.StoreID)
	case !known && len(c.state.Stores) >= maxStores:
		return Duties{}, refused("", "there are %d stores already", maxStores)
	case !known:
		s = &Store{ID: r.StoreID}
		c.state.Stores[r.StoreID] = s
		c.state.NextID = max(c.state.NextID, r.StoreID+1)
		c.log.Info("a store joined", "store", r.StoreID, "address", r.Address)
	}
	s.Address, s.Version, s.Started, s.LastHeartbeat = r.Address, r.Version, r.Started, now
	s.Capacity, s.Available, s.Used = r.Capacity, r.Available, r.Used
	c.dirty = true
	if !c.bootstrapped() && len(c.state.Stores) >= c.settings.BootstrapStores {
		c.bootstrap(now)
	}
	l := c.load()[r.StoreID]
	return Duties{Leaders: l.leaders, Regions: l.peers}, nil
}

// Stores returns all stores, tombstones too, by id.
func (c *Cluster) Stores() ([]StoreView, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.bootstrapped() {
		return nil, notBootstrapped()
	}
	now, load := time.Now(), c.load()
	views := make([]StoreView, 0, len(c.state.Stores))
	for s := range maps.Values(c.state.Stores) {
		views = append(views, c.view(s, load[s.ID], now))
	}
	slices.SortFunc(views, func(a, b StoreView) int { return cmp.Compare(a.ID, b.ID) })
	return views, nil
}

// Store returns one store.
func (c *Cluster) Store(id uint64) (StoreView, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.bootstrapped() {
		return StoreView{}, notBootstrapped()
	}
	s, ok := c.state.Stores[id]
	if !ok {
		return StoreView{}, storeNotFound(id)
	}
	return c.view(s, c.load()[id], time.Now()), nil
}

func (c *Cluster) view(s *Store, l load, now time.Time) StoreView {
	return StoreView{
		Store: *s, State: c.stateOf(s, now),
		Leaders: l.leaders, LeaderSize: l.leaderSize, Regions: l.peers, RegionSize: l.peerSize,
		PendingPeers: l.pending,
	}
}

// stateOf is the name that PD gives to a store's condition. Of one that is being
// removed it does not say whether it is alive.
func (c *Cluster) stateOf(s *Store, now time.Time) string {
	silence := now.Sub(s.LastHeartbeat)
	switch {
	case s.Lifecycle == Tombstone:
		return StateTombstone
	case s.Lifecycle == Offline:
		return StateOffline
	case silence > c.maxStoreDownTime():
		return StateDown
	case silence > c.settings.DisconnectAfter:
		return StateDisconnected
	default:
		return StateUp
	}
}
