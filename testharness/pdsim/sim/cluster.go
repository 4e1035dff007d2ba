package sim

import (
	"log/slog"
	"sync"
	"time"
)

// Cluster is the model. It is safe for concurrent use.
type Cluster struct {
	settings Settings
	log      *slog.Logger

	mu        sync.Mutex // guards what follows
	state     state
	index     map[uint64]int // of a region's id in state.Regions
	operators map[uint64]*operator
	dirty     bool // there is something to save

	awake     time.Time // since when we listen without a break
	stepped   time.Time
	scheduled time.Time
}

// breakAfter is the pause between two steps that shows that this process was
// stopped meanwhile.
const breakAfter = time.Second

// New returns a cluster that is not bootstrapped or, where saved is not empty,
// the one that was saved. The settings must be valid.
func New(s Settings, saved []byte) (*Cluster, error) {
	c := &Cluster{settings: s, log: s.Log, operators: map[uint64]*operator{}}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	now := time.Now()
	c.awake, c.stepped, c.scheduled = now, now, now
	if err := c.restore(saved); err != nil {
		return nil, err
	}
	return c, nil
}

// Step lets the time pass up to now. It is to be called every 50 ms or so.
func (c *Cluster) Step() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if now.Sub(c.stepped) > breakAfter {
		c.awake = now
	}
	c.stepped = now
	if !c.bootstrapped() {
		return
	}
	c.elect(now)
	c.operate(now)
	if now.Sub(c.scheduled) >= c.settings.ScheduleInterval {
		c.scheduled = now
		c.schedule(now)
	}
}

// load is what one store carries.
type load struct {
	leaders, peers, pending int
	leaderSize, peerSize    int64
}

// load counts what every store carries; operators under way are not counted.
func (c *Cluster) load() map[uint64]load {
	loads := make(map[uint64]load, len(c.state.Stores))
	for id := range c.state.Stores {
		loads[id] = load{}
	}
	for _, r := range c.state.Regions {
		for _, p := range r.Peers {
			l := loads[p.StoreID]
			l.peers++
			l.peerSize += r.Size
			if p.ID == r.Leader {
				l.leaders++
				l.leaderSize += r.Size
			}
			loads[p.StoreID] = l
		}
		for _, p := range r.Pending {
			l := loads[p.StoreID]
			l.pending++
			loads[p.StoreID] = l
		}
	}
	return loads
}

// elect gives every region whose leader is gone another one, where a majority of
// its peers is alive to vote. PD goes on to name the old leader where not.
func (c *Cluster) elect(now time.Time) {
	alive, all := map[uint64]bool{}, true
	for id := range c.state.Stores {
		alive[id] = c.alive(id, now)
		all = all && alive[id]
	}
	if all {
		return // the usual case, which has to be cheap
	}
	var loads map[uint64]load // counted only where it is needed
	for _, r := range c.state.Regions {
		if leader, ok := r.LeaderPeer(); ok && alive[leader.StoreID] || r.Trouble != Healthy {
			continue
		}
		voters := 0
		for _, p := range r.Peers {
			if alive[p.StoreID] {
				voters++
			}
		}
		if 2*voters <= len(r.Peers) {
			continue
		}
		if loads == nil {
			loads = c.load()
		}
		if p, ok := c.successor(r, 0, loads, now); ok {
			c.lead(r, p, loads)
		}
	}
}

// successor is who should lead a region instead of the peer on a store: of those
// alive the one with the fewest leaders, and rather one whose leaders are not
// being evicted.
func (c *Cluster) successor(r *Region, instead uint64, loads map[uint64]load, now time.Time) (Peer, bool) {
	var best Peer
	burden := func(p Peer) int {
		_, evicted := c.state.Evicted[p.StoreID]
		n := loads[p.StoreID].leaders
		if evicted || !c.serving(p.StoreID, now) {
			n += maxRegions
		}
		return n
	}
	for _, p := range r.Peers {
		if p.StoreID == instead || !c.alive(p.StoreID, now) || p.ID == r.Silenced {
			continue
		}
		if best.ID == 0 || burden(p) < burden(best) {
			best = p
		}
	}
	return best, best.ID != 0
}

// lead makes a peer the leader and keeps the loads true, where there are any.
func (c *Cluster) lead(r *Region, p Peer, loads map[uint64]load) {
	if loads != nil {
		if old, ok := r.LeaderPeer(); ok {
			l := loads[old.StoreID]
			l.leaders--
			loads[old.StoreID] = l
		}
		l := loads[p.StoreID]
		l.leaders++
		loads[p.StoreID] = l
	}
	r.Leader = p.ID
	c.dirty = true
}
