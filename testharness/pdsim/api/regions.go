package api

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
)

type regionInfo struct {
	ID           uint64     `json:"id"`
	StartKey     string     `json:"start_key"`
	EndKey       string     `json:"end_key"`
	Epoch        epoch      `json:"epoch"`
	Peers        []peer     `json:"peers,omitempty"`
	Leader       peer       `json:"leader"`
	DownPeers    []downPeer `json:"down_peers,omitempty"`
	PendingPeers []peer     `json:"pending_peers,omitempty"`
	CPUUsage     uint64     `json:"cpu_usage"`
	WrittenBytes uint64     `json:"written_bytes"`
	ReadBytes    uint64     `json:"read_bytes"`
	WrittenKeys  uint64     `json:"written_keys"`
	ReadKeys     uint64     `json:"read_keys"`
	Size         int64      `json:"approximate_size"`
	Keys         int64      `json:"approximate_keys"`
	KVSize       int64      `json:"approximate_kv_size"`
	ColumnarSize int64      `json:"approximate_columnar_kv_size"`
}

type epoch struct {
	ConfVer uint64 `json:"conf_ver,omitempty"`
	Version uint64 `json:"version,omitempty"`
}

// peer without ids, of which only the empty role is left, is PD's way to say
// that there is no leader.
type peer struct {
	Role    string `json:"role_name"`
	ID      uint64 `json:"id,omitempty"`
	StoreID uint64 `json:"store_id,omitempty"`
}

type downPeer struct {
	Peer    peer  `json:"peer"`
	Seconds int64 `json:"down_seconds,omitempty"`
}

func regionInfoOf(r sim.Region) regionInfo {
	info := regionInfo{
		ID: r.ID, StartKey: fmt.Sprintf("%X", r.Start), EndKey: fmt.Sprintf("%X", r.End),
		Epoch: epoch{r.ConfVer, r.Version},
		Peers: peersOf(r.Peers), PendingPeers: peersOf(r.Pending),
		Size: r.Size, Keys: r.Keys,
	}
	if p, ok := r.LeaderPeer(); ok {
		info.Leader = peerOf(p)
	}
	for _, d := range r.Down {
		info.DownPeers = append(info.DownPeers, downPeer{peerOf(d.Peer), int64(d.Down / time.Second)})
	}
	return info
}

func peersOf(list []sim.Peer) []peer {
	if len(list) == 0 {
		return nil // PD leaves an empty list out
	}
	peers := make([]peer, len(list))
	for i, p := range list {
		peers[i] = peerOf(p)
	}
	return peers
}

func peerOf(p sim.Peer) peer { return peer{Role: "Voter", ID: p.ID, StoreID: p.StoreID} }

// list answers with regions.
func list(w http.ResponseWriter, regions []sim.Region, err error) {
	if err != nil {
		refuse(w, err, http.StatusInternalServerError)
		return
	}
	answer := struct {
		Count   int          `json:"count"`
		Regions []regionInfo `json:"regions"`
	}{len(regions), make([]regionInfo, len(regions))}
	for i, r := range regions {
		answer.Regions[i] = regionInfoOf(r)
	}
	compact(w, answer)
}

func (a *api) regions(w http.ResponseWriter, _ *http.Request) {
	regions, err := a.cluster.Regions()
	shuffle(regions)
	list(w, regions, err)
}

func (a *api) check(kind sim.Check) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		regions, err := a.cluster.Check(kind)
		shuffle(regions)
		list(w, regions, err)
	}
}

// The number of regions that PD returns of a range by default, and at most.
const (
	defaultPage = 16
	maxPage     = 10240
)

func (a *api) scan(w http.ResponseWriter, r *http.Request) {
	query, limit := r.URL.Query(), defaultPage
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			answer(w, http.StatusBadRequest, err.Error())
			return
		}
		limit = min(n, maxPage)
	}
	regions, err := a.cluster.Scan([]byte(query.Get("key")), []byte(query.Get("end_key")), limit)
	list(w, regions, err)
}

func (a *api) region(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil {
		answer(w, http.StatusBadRequest, err.Error())
		return
	}
	region, err := a.cluster.Region(id)
	if err != nil {
		refuse(w, err, http.StatusInternalServerError, sim.RegionNotFound)
		return
	}
	compact(w, regionInfoOf(region))
}

// regionStats are PD's counts, by store.
type regionStats struct {
	Count            int              `json:"count"`
	EmptyCount       int              `json:"empty_count"`
	StorageSize      int64            `json:"storage_size"`
	UserStorageSize  int64            `json:"user_storage_size"`
	UserColumnarSize int64            `json:"user_columnar_storage_size"`
	StorageKeys      int64            `json:"storage_keys"`
	LeaderCount      map[uint64]int64 `json:"store_leader_count"`
	PeerCount        map[uint64]int64 `json:"store_peer_count"`
	LeaderSize       map[uint64]int64 `json:"store_leader_size"`
	LeaderKeys       map[uint64]int64 `json:"store_leader_keys"`
	PeerSize         map[uint64]int64 `json:"store_peer_size"`
	PeerKeys         map[uint64]int64 `json:"store_peer_keys"`
}

// statistics counts the regions. A store that leads none is not in the maps of
// leaders, as in PD.
func (a *api) statistics(w http.ResponseWriter, _ *http.Request) {
	regions, err := a.cluster.Regions()
	if err != nil {
		refuse(w, err, http.StatusInternalServerError)
		return
	}
	s := regionStats{
		Count: len(regions), LeaderCount: map[uint64]int64{}, PeerCount: map[uint64]int64{}, LeaderSize: map[uint64]int64{},
		LeaderKeys: map[uint64]int64{}, PeerSize: map[uint64]int64{}, PeerKeys: map[uint64]int64{},
	}
	for _, r := range regions {
		s.StorageSize += r.Size
		s.StorageKeys += r.Keys
		if r.Size <= 1 {
			s.EmptyCount++
		}
		if p, ok := r.LeaderPeer(); ok {
			s.LeaderCount[p.StoreID]++
			s.LeaderSize[p.StoreID] += r.Size
			s.LeaderKeys[p.StoreID] += r.Keys
		}
		for _, p := range r.Peers {
			s.PeerCount[p.StoreID]++
			s.PeerSize[p.StoreID] += r.Size
			s.PeerKeys[p.StoreID] += r.Keys
		}
	}
	answer(w, http.StatusOK, s)
}
