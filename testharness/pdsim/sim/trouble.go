package sim

import (
	"maps"
	"slices"
	"time"
)

// Trouble is what a test does to a region.
type Trouble string

// The troubles. Each stays until another one, or Healthy, takes its place.
const (
	Healthy         Trouble = ""
	TroubleNoLeader Trouble = "no-leader"
	TroubleMiss     Trouble = "miss-peer"
	TroubleExtra    Trouble = "extra-peer"
	TroublePending  Trouble = "pending-peer"
	TroubleDown     Trouble = "down-peer"
	TroubleEmpty    Trouble = "empty-region"
)

// Trouble makes trouble for a region, or takes it back.
func (c *Cluster) Trouble(region uint64, t Trouble) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.known(region)
	if err != nil {
		return err
	}
	delete(c.operators, region)
	c.heal(r)
	follower, ok := r.find(func(p Peer) bool { return p.ID != r.Leader })
	if !ok && (t == TroubleMiss || t == TroublePending || t == TroubleDown) {
		return refused("", "region %d has no follower", region)
	}
	switch t {
	case Healthy:
	case TroubleNoLeader:
		r.Leader = 0
	case TroubleMiss:
		r.Peers = slices.DeleteFunc(slices.Clone(r.Peers), func(p Peer) bool { return p == follower })
		r.ConfVer++
	case TroubleExtra:
		if !c.addPeer(r) {
			return refused("", "every store has a peer of region %d", region)
		}
	case TroublePending:
		r.Pending = []Peer{follower}
	case TroubleDown:
		r.Silenced, r.Since = follower.ID, time.Now()
	case TroubleEmpty:
		r.Size, r.Keys = emptySize, 0
	default:
		return refused("", "there is no such trouble")
	}
	r.Trouble = t
	c.dirty = true
	c.log.Info("a region has trouble", "region", region, "trouble", string(t))
	return nil
}

// heal takes back what Trouble did.
func (c *Cluster) heal(r *Region) {
	switch r.Trouble {
	case TroubleNoLeader:
		// The first peer leads until the others elect another one.
		r.Leader = r.Peers[0].ID
	case TroubleMiss:
		c.addPeer(r)
	case TroubleExtra:
		i := slices.IndexFunc(r.Peers, func(p Peer) bool { return p.ID != r.Leader })
		r.Peers = slices.Delete(slices.Clone(r.Peers), i, i+1)
		r.ConfVer++
	case TroublePending:
		r.Pending = nil
	case TroubleDown:
		r.Silenced, r.Since = 0, time.Time{}
	case TroubleEmpty:
		r.Size, r.Keys = regionSize, regionKeys
	case Healthy:
	}
	r.Trouble = Healthy
}

func (c *Cluster) addPeer(r *Region) bool {
	for _, id := range slices.Sorted(maps.Keys(c.state.Stores)) {
		if _, taken := r.On(id); !taken && c.state.Stores[id].Lifecycle == Up {
			r.Peers = append(slices.Clone(r.Peers), Peer{ID: c.nextID(), StoreID: id})
			r.ConfVer++
			return true
		}
	}
	return false
}
