package sim

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// operator is a change of one region that is under way.
type operator struct {
	name, what, kind string
	region           uint64
	created          time.Time
	steps            string
	epoch            [2]uint64 // conf_ver and version when it was made
	size             int64
	leader           bool // it moves only a leader

	from, to uint64 // stores
}

// String describes it as PD does for people.
func (o *operator) String() string {
	at := o.created.UTC().String()
	return fmt.Sprintf("%s {%s} (kind:%s, region:%d(%d, %d), createAt:%s, startAt:%s, currentStep:0, size:%d, steps:[%s], timeout:[1m0s])",
		o.name, o.what, o.kind, o.region, o.epoch[0], o.epoch[1], at, at, o.size, o.steps)
}

// Operators describes what is under way, by region.
func (c *Cluster) Operators() ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.bootstrapped() {
		return nil, notBootstrapped()
	}
	texts := []string{}
	for _, id := range slices.Sorted(maps.Keys(c.operators)) {
		texts = append(texts, c.operators[id].String())
	}
	return texts, nil
}

// TransferLeader has the peer on a store lead a region, a little later.
func (c *Cluster) TransferLeader(region, to uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.known(region)
	if err != nil {
		return err
	}
	if _, ok := r.On(to); !ok {
		return refused("", "region has no voter in store %d", to)
	}
	if r.leads(to) {
		return refused("PD:schedule:ErrCreateOperator", "unable to create operator, no operator step is built")
	}
	return c.admit(c.transferLeader("admin-transfer-leader", "admin,leader", r, to))
}

// TransferPeer moves a region's peer from one store to another, a little later.
func (c *Cluster) TransferPeer(region, from, to uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.known(region)
	if err != nil {
		return err
	}
	if _, ok := r.On(from); !ok {
		return refused("", "region has no peer in store %d", from)
	}
	s, err := c.presentStore(to)
	if err != nil {
		return err
	}
	if time.Since(s.LastHeartbeat) > unhealthyAfter {
		return refused("PD:core:ErrStoreUnhealthy", "store %d is unhealthy", to)
	}
	if _, ok := r.On(to); ok {
		return refused("", "cannot add peer to store %d: region %d already has one there", to, region)
	}
	return c.admit(c.movePeer("admin-move-peer", "admin,region", r, from, to))
}

func (c *Cluster) known(region uint64) (*Region, error) {
	if !c.bootstrapped() {
		return nil, notBootstrapped()
	}
	i, ok := c.index[region]
	if !ok {
		return nil, regionNotFound(region)
	}
	return c.state.Regions[i], nil
}

// admit takes an operator that an administrator asked for. It replaces what the
// schedulers are doing to the region, but not what another one asked for.
func (c *Cluster) admit(o *operator) error {
	if old, ok := c.operators[o.region]; ok && isAdmin(old) {
		return refused("PD:operator:ErrAddOperator", "failed to add operator, maybe already have one")
	}
	c.operators[o.region] = o
	c.log.Info("an operator was created", "operator", o.String())
	return nil
}

func isAdmin(o *operator) bool { return o.kind == "admin,leader" || o.kind == "admin,region" }

func (c *Cluster) transferLeader(name, kind string, r *Region, to uint64) *operator {
	from, _ := r.LeaderPeer()
	return &operator{
		name: name, kind: kind, region: r.ID, created: time.Now(), leader: true, from: from.StoreID, to: to,
		what:  fmt.Sprintf("transfer leader: store %d to %d", from.StoreID, to),
		steps: fmt.Sprintf("0:{transfer leader from store %d to store %d}", from.StoreID, to),
		epoch: [2]uint64{r.ConfVer, r.Version}, size: r.Size,
	}
}

func (c *Cluster) movePeer(name, kind string, r *Region, from, to uint64) *operator {
	return &operator{
		name: name, kind: kind, region: r.ID, created: time.Now(), from: from, to: to,
		what:  fmt.Sprintf("mv peer: store [%d] to [%d]", from, to),
		steps: fmt.Sprintf("0:{add learner peer on store %d}, 1:{promote learner on store %d, demote voter on store %d}, 2:{remove peer on store %d}", to, to, from, from),
		epoch: [2]uint64{r.ConfVer, r.Version}, size: r.Size,
	}
}

// operate finishes the operators whose time has come.
func (c *Cluster) operate(now time.Time) {
	for id, o := range c.operators {
		if now.Sub(o.created) < c.settings.OperatorDelay {
			continue
		}
		delete(c.operators, id)
		r := c.state.Regions[c.index[id]]
		// A store that went away meanwhile cannot take what was meant for it.
		if !c.alive(o.to, now) {
			c.log.Info("an operator was canceled", "operator", o.String())
			continue
		}
		if o.leader {
			if p, ok := r.On(o.to); ok {
				c.lead(r, p, nil)
			}
			continue
		}
		c.replace(r, o, now)
	}
}

// replace puts the peer of a region on another store.
func (c *Cluster) replace(r *Region, o *operator, now time.Time) {
	const steps = 6 // of the joint consensus, by which conf_ver grows
	i := slices.IndexFunc(r.Peers, func(p Peer) bool { return p.StoreID == o.from })
	if _, taken := r.On(o.to); taken || i < 0 {
		return
	}
	if r.leads(o.from) {
		p, ok := c.successor(r, o.from, c.load(), now)
		if !ok {
			return
		}
		c.lead(r, p, nil)
	}
	peers := slices.Delete(slices.Clone(r.Peers), i, i+1)
	r.Peers = append(peers, Peer{ID: c.nextID(), StoreID: o.to})
	r.ConfVer += steps
	c.dirty = true
}
