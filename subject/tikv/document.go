package tikv

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// state writes the document of an observation.
func (s *Subject) state(g *gathering) State {
	var st State
	left := &kit.Room{Entries: s.cfg.ListSize, Bytes: maxStateBytes}
	s.putStores(&st, g, left)
	if g.stats.miss == nil {
		stats := g.stats.value
		st.Cluster = &ClusterState{
			Regions: stats.Count, RegionsWithoutLeader: stats.Count - stats.Leaders(), EmptyRegions: stats.EmptyCount,
			StorageSizeMiB: stats.StorageSize, StorageKeys: stats.StorageKeys,
		}
	}
	for _, r := range replication {
		list := g.checks[r.check]
		row := ReplicationState{Check: string(r.check)}
		if list.miss == nil {
			row.Count, row.Examples = &list.value.Count, []string{}
			for _, region := range list.value.Regions {
				row.Examples = append(row.Examples, text(region.ID))
			}
		}
		st.Replication = append(st.Replication, row)
	}
	if g.evicting.miss == nil {
		st.Evicting = []string{}
		kept, _ := left.Take(len(g.evicting.value), func(int) int { return maxIDBytes })
		for _, id := range g.evicting.value[:kept] {
			st.Evicting = append(st.Evicting, text(id))
		}
	}
	if g.members.miss == nil {
		st.PD = []MemberState{}
		kept, _ := left.Take(len(g.members.value), func(i int) int { return kit.JSONLen(brief(g.members.value[i].Name)) })
		for _, m := range g.members.value[:kept] {
			m.Name = brief(m.Name)
			st.PD = append(st.PD, m)
		}
	}
	return st
}

func (s *Subject) putStores(st *State, g *gathering, left *kit.Room) {
	if g.stores.miss != nil {
		return
	}
	stores := present(g.stores.value)
	slices.SortFunc(stores, func(a, b pd.Store) int {
		return cmp.Or(cmp.Compare(wellness(a), wellness(b)), cmp.Compare(a.ID, b.ID))
	})
	st.StoresTotal = new(len(stores))
	var kept int
	kept, st.StoresTruncated = left.Take(len(stores), func(i int) int {
		return kit.JSONLen(brief(stores[i].Address)) + kit.JSONLen(brief(stores[i].Version)) + kit.JSONLen(brief(stores[i].State))
	})
	stores = stores[:kept]
	st.Stores = []StoreState{}
	if s.prometheus != nil {
		st.StoreMetrics = make(map[string]StoreMetrics)
	}
	for _, store := range stores {
		st.Stores = append(st.Stores, storeState(store, g))
		if s.prometheus != nil {
			st.StoreMetrics[text(store.ID)] = storeMetrics(store, g)
		}
	}
}

func wellness(st pd.Store) int {
	if st.State == pd.StateUp {
		return 1
	}
	return 0
}

func storeState(store pd.Store, g *gathering) StoreState {
	st := StoreState{
		ID: text(store.ID), Address: brief(store.Address), Version: brief(store.Version), State: brief(store.State),
		LastHeartbeat: store.LastHeartbeat,
	}
	if store.Capacity > 0 {
		st.CapacityBytes, st.AvailableBytes, st.UsedBytes = &store.Capacity, &store.Available, &store.UsedSize
	}
	if g.stats.miss == nil && g.stats.value.Count > 0 {
		st.Regions = new(g.stats.value.StorePeerCount[store.ID])
		if g.stats.value.Leaders() > 0 { // else PD leads anew, and was told of none
			st.Leaders = new(g.stats.value.StoreLeaderCount[store.ID])
		}
	}
	return st
}

const (
	// maxText bounds each text of PD's in the state, in bytes; the longest address
	// is a domain name of 253 and a port.
	maxText = 512
	// maxStateBytes bounds all of them together. A thousand stores have a tenth.
	maxStateBytes = 1 << 20
	// maxIDBytes is the longest of PD's numbers, in its quotes.
	maxIDBytes = 22
)

func brief(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + "..."
}

func storeMetrics(store pd.Store, g *gathering) StoreMetrics {
	value := func(from byInstance) *float64 {
		v, ok := from.of(store)
		if !ok || math.IsInf(v, 0) {
			return nil
		}
		return &v
	}
	return StoreMetrics{
		CommandsPerSecond: value(g.commands.value),
		LatencyP99MS:      value(g.latency.value),
		CPUCores:          value(g.cpu.value),
		CapacityBytes:     value(g.size.value["capacity"]),
		AvailableBytes:    value(g.size.value["available"]),
		UsedBytes:         value(g.size.value["used"]),
	}
}
