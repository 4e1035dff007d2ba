package sim

import (
	"bytes"
	"slices"
	"sort"
	"time"
)

// Sizes of the regions that there are after the bootstrap.
const (
	regionSize = 96 // MiB
	regionKeys = 960_000
	emptySize  = 1 // MiB, what PD takes for empty
)

// Peer is one copy of a region. All are voters.
type Peer struct {
	ID      uint64 `json:"id"`
	StoreID uint64 `json:"store_id"`
}

// DownPeer is a peer that its leader has not heard from for Down.
type DownPeer struct {
	Peer
	Down time.Duration
}

// Region is one range of keys, [Start, End), and where its copies are. Its
// slices are never changed, only replaced.
type Region struct {
	ID      uint64 `json:"id"`
	Start   []byte `json:"start"`
	End     []byte `json:"end"`
	ConfVer uint64 `json:"conf_ver"`
	Version uint64 `json:"version"`
	Peers   []Peer `json:"peers"`
	// Leader is the id of a peer, 0 for none.
	Leader  uint64 `json:"leader"`
	Pending []Peer `json:"pending,omitempty"`
	Size    int64  `json:"size"` // MiB
	Keys    int64  `json:"keys"`
	// Trouble was made on purpose, and keeps the schedulers and elections away.
	Trouble Trouble `json:"trouble,omitempty"`
	// Silenced is the peer that Trouble took away, since when.
	Silenced uint64    `json:"silenced,omitempty"`
	Since    time.Time `json:"since,omitzero"`

	// Down is set in what the cluster returns.
	Down []DownPeer `json:"-"`
}

// LeaderPeer returns the peer that leads.
func (r *Region) LeaderPeer() (Peer, bool) {
	return r.find(func(p Peer) bool { return r.Leader != 0 && p.ID == r.Leader })
}

// On returns the peer on a store.
func (r *Region) On(store uint64) (Peer, bool) {
	return r.find(func(p Peer) bool { return p.StoreID == store })
}

func (r *Region) find(f func(Peer) bool) (Peer, bool) {
	if i := slices.IndexFunc(r.Peers, f); i >= 0 {
		return r.Peers[i], true
	}
	return Peer{}, false
}

// leads tells whether the leader is on a store.
func (r *Region) leads(store uint64) bool {
	p, ok := r.LeaderPeer()
	return ok && p.StoreID == store
}

// Regions returns all regions in the order of their keys.
func (c *Cluster) Regions() ([]Region, error) {
	return c.regions(func(*Region) bool { return true })
}

// Region returns one region.
func (c *Cluster) Region(id uint64) (Region, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.bootstrapped() {
		return Region{}, notBootstrapped()
	}
	i, ok := c.index[id]
	if !ok {
		return Region{}, regionNotFound(id)
	}
	return c.shown(c.state.Regions[i], time.Now()), nil
}

// Scan returns at most limit regions (all, if that is not positive) from the one
// that holds the key start on, up to the key end, or to the last if that is
// empty.
func (c *Cluster) Scan(start, end []byte, limit int) ([]Region, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.bootstrapped() {
		return nil, notBootstrapped()
	}
	now, all := time.Now(), c.state.Regions
	from := sort.Search(len(all), func(i int) bool {
		return len(all[i].End) == 0 || bytes.Compare(all[i].End, start) > 0
	})
	found := []Region{}
	for _, r := range all[from:] {
		if limit > 0 && len(found) == limit || len(end) > 0 && bytes.Compare(r.Start, end) >= 0 {
			break
		}
		found = append(found, c.shown(r, now))
	}
	return found, nil
}

// regions returns the regions that, as they are shown, are wanted.
func (c *Cluster) regions(wanted func(*Region) bool) ([]Region, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.bootstrapped() {
		return nil, notBootstrapped()
	}
	now, found := time.Now(), []Region{}
	for _, r := range c.state.Regions {
		if shown := c.shown(r, now); wanted(&shown) {
			found = append(found, shown)
		}
	}
	return found, nil
}

// shown is a region with the peers that its leader misses. Only a leader that is
// alive tells.
func (c *Cluster) shown(r *Region, now time.Time) Region {
	shown := *r
	leader, ok := r.LeaderPeer()
	if !ok || !c.alive(leader.StoreID, now) {
		return shown
	}
	for _, p := range r.Peers {
		silence := now.Sub(c.state.Stores[p.StoreID].LastHeartbeat)
		switch {
		case p.ID == r.Silenced:
			shown.Down = append(shown.Down, DownPeer{p, now.Sub(r.Since)})
		case silence >= c.settings.DownPeerAfter:
			shown.Down = append(shown.Down, DownPeer{p, silence})
		}
	}
	return shown
}
