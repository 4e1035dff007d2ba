package api

import (
	"math"
	"strconv"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
)

// storeInfo is PD's pair of what a store is and how it is.
type storeInfo struct {
	Store  metaStore   `json:"store"`
	Status storeStatus `json:"status"`
}

// metaStore is protobuf's, which leaves out what is zero.
type metaStore struct {
	ID            uint64 `json:"id,omitempty"`
	Address       string `json:"address,omitempty"`
	State         int    `json:"state,omitempty"`
	Version       string `json:"version,omitempty"`
	LastHeartbeat int64  `json:"last_heartbeat,omitempty"`
	Destroyed     bool   `json:"physically_destroyed,omitempty"`
	NodeState     int    `json:"node_state,omitempty"`
	StateName     string `json:"state_name"`
}

type storeStatus struct {
	Capacity      string    `json:"capacity"`
	Available     string    `json:"available"`
	UsedSize      string    `json:"used_size"`
	LeaderCount   int       `json:"leader_count"`
	LeaderWeight  float64   `json:"leader_weight"`
	LeaderScore   float64   `json:"leader_score"`
	LeaderSize    int64     `json:"leader_size"`
	RegionCount   int       `json:"region_count"`
	RegionWeight  float64   `json:"region_weight"`
	RegionScore   float64   `json:"region_score"`
	RegionSize    int64     `json:"region_size"`
	PendingPeers  int       `json:"pending_peer_count,omitempty"`
	Started       time.Time `json:"start_ts,omitzero"`
	LastHeartbeat time.Time `json:"last_heartbeat_ts,omitzero"`
	Uptime        string    `json:"uptime,omitempty"`
}

// The node states of protobuf.
const (
	nodeServing = iota + 1
	nodeRemoving
	nodeRemoved
)

func storeInfoOf(v sim.StoreView) storeInfo {
	node := map[sim.Lifecycle]int{sim.Up: nodeServing, sim.Offline: nodeRemoving, sim.Tombstone: nodeRemoved}
	info := storeInfo{
		Store: metaStore{
			ID: v.ID, Address: v.Address, State: int(v.Lifecycle), Version: v.Version,
			LastHeartbeat: v.LastHeartbeat.UnixNano(), Destroyed: v.Destroyed,
			NodeState: node[v.Lifecycle], StateName: v.State,
		},
		Status: storeStatus{
			Capacity: byteSize(v.Capacity), Available: byteSize(v.Available), UsedSize: byteSize(v.Used),
			LeaderCount: v.Leaders, LeaderWeight: 1, LeaderScore: float64(v.Leaders), LeaderSize: v.LeaderSize,
			RegionCount: v.Regions, RegionWeight: 1, RegionSize: v.RegionSize,
			RegionScore:  regionScore(float64(v.RegionSize), float64(v.Capacity), float64(v.Available)),
			PendingPeers: v.PendingPeers,
			Started:      v.Started.UTC().Truncate(time.Second), LastHeartbeat: v.LastHeartbeat.UTC(),
		},
	}
	if up := v.LastHeartbeat.Sub(v.Started); up > 0 {
		info.Status.Uptime = up.String()
	}
	return info
}

// byteSize writes bytes as PD does: four digits and a binary unit.
func byteSize(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	size, i := float64(n), 0
	for ; size >= 1024 && i < len(units)-1; i++ {
		size /= 1024
	}
	return strconv.FormatFloat(roundTo4(size), 'f', -1, 64) + units[i]
}

func roundTo4(f float64) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 4, 64), 64)
	if err != nil {
		return f // it was made by FormatFloat
	}
	return rounded
}

// regionScore is PD's formula v2 in the form that it has above and below the low
// space threshold, a fifth of the capacity: the fuller a store, the more a MiB
// weighs. The recordings agree with it.
func regionScore(sizeMiB, capacity, available float64) float64 {
	const k, m, b, gib = 1, 256, 1e7, 1 << 30
	c, a := capacity/gib, available/gib
	f := max(50, c/5)
	switch {
	case c <= 0:
		return 0
	case a >= c:
		return (k + m*math.Log(c)/c) * sizeMiB
	case a > f:
		return (k + m*(math.Log(c)-math.Log(a-f+1))/(c-a+f-1)) * sizeMiB
	default:
		return (k + m*math.Log(c)/c + b*(f-a)/f) * sizeMiB
	}
}
