package sim

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// state is what survives a restart.
type state struct {
	ClusterID    uint64            `json:"cluster_id"`
	MemberID     uint64            `json:"member_id"`
	Bootstrapped time.Time         `json:"bootstrapped"` // zero before
	NextID       uint64            `json:"next_id"`
	Stores       map[uint64]*Store `json:"stores"`
	Regions      []*Region         `json:"regions"` // in the order of their keys
	Schedulers   []string          `json:"schedulers"`
	// Evicted are the stores that the evict-leader-scheduler keeps leaders from.
	Evicted map[uint64]struct{} `json:"evicted"`
	Config  []Item              `json:"config"`
}

// Save returns what a restart needs, and false where nothing has changed since
// the last time.
func (c *Cluster) Save() ([]byte, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.dirty {
		return nil, false, nil
	}
	saved, err := json.Marshal(c.state)
	if err != nil {
		return nil, false, fmt.Errorf("save the cluster: %w", err)
	}
	c.dirty = false
	return saved, true, nil
}

func (c *Cluster) restore(saved []byte) error {
	if len(saved) == 0 {
		config, err := defaultConfig()
		if err != nil {
			return err
		}
		c.state = state{
			//nolint:gosec // an id, not a secret
			ClusterID: rand.Uint64()>>1 | 1, MemberID: rand.Uint64()>>1 | 1,
			NextID: 1, Stores: map[uint64]*Store{}, Schedulers: defaultSchedulers(),
			Evicted: map[uint64]struct{}{}, Config: config,
		}
		c.dirty = true
		c.setDuration(maxStoreDownTime, c.settings.MaxStoreDownTime)
	} else if err := json.Unmarshal(saved, &c.state); err != nil {
		return fmt.Errorf("read the saved cluster: %w", err)
	}
	c.reindex()
	return nil
}

func (c *Cluster) reindex() {
	c.index = make(map[uint64]int, len(c.state.Regions))
	for i, r := range c.state.Regions {
		c.index[r.ID] = i
	}
}

// Identity is what the cluster and this member are called.
func (c *Cluster) Identity() (cluster, member uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.ClusterID, c.state.MemberID
}

// Bootstrapped tells since when there are regions, the zero time before.
func (c *Cluster) Bootstrapped() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.Bootstrapped
}

func (c *Cluster) bootstrapped() bool { return !c.state.Bootstrapped.IsZero() }

func (c *Cluster) nextID() uint64 {
	id := c.state.NextID
	c.state.NextID++
	return id
}

// bootstrap makes the regions and spreads them over the stores that there are.
func (c *Cluster) bootstrap(now time.Time) {
	c.state.Bootstrapped = now.UTC()
	stores := make([]uint64, 0, len(c.state.Stores))
	for id := range c.state.Stores {
		stores = append(stores, id)
	}
	slices.Sort(stores)
	var start []byte
	for i := range c.settings.Regions {
		r := &Region{Start: start, ConfVer: 1, Version: 1, Size: regionSize, Keys: regionKeys}
		if i < c.settings.Regions-1 {
			r.End = boundary(i)
		}
		start = r.End
		// In turn for the peers, and for the leader among them, so that each
		// store leads as many as the others. With four stores that places region
		// 52 as it is in the recordings.
		for j := range min(Replicas, len(stores)) {
			r.Peers = append(r.Peers, Peer{ID: c.nextID(), StoreID: stores[(i+j)%len(stores)]})
		}
		r.Leader = r.Peers[(i+2)%len(r.Peers)].ID
		r.ID = c.nextID()
		c.state.Regions = append(c.state.Regions, r)
	}
	c.reindex()
	c.dirty = true
	c.log.Info("the cluster is bootstrapped", "stores", len(stores), "regions", len(c.state.Regions))
}

// boundary is the key between region i and the next: record i of table 1 as
// TiDB and TiKV encode it.
func boundary(i int) []byte {
	key, err := hex.DecodeString(fmt.Sprintf("7480000000000000FF015F728000000000FF%06XFF00000000FB", i))
	if err != nil {
		return nil // it is hexadecimal
	}
	return key
}
