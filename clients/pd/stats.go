package pd

import (
	"context"
	"strconv"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/document"
)

// RegionStats are sums over all regions. In the maps, by store id, a store that
// has nothing to sum is left out.
type RegionStats struct {
	Count       int64 // regions
	EmptyCount  int64 // regions of no more than 1 MiB
	StorageSize int64 // approximate, in MiB, of one copy
	StorageKeys int64 // approximate, of one copy

	StoreLeaderCount map[uint64]int64
	StorePeerCount   map[uint64]int64
	StoreLeaderSize  map[uint64]int64 // MiB
	StoreLeaderKeys  map[uint64]int64
	StorePeerSize    map[uint64]int64 // MiB
	StorePeerKeys    map[uint64]int64
}

// Leaders returns how many regions have a leader that PD knows of.
func (s RegionStats) Leaders() int64 {
	var sum int64
	for _, n := range s.StoreLeaderCount {
		sum += n
	}
	return sum
}

// RegionStats sums over all regions. PD walks them for it, in memory, so that a
// cluster of millions has it work for a second or so.
func (c *Client) RegionStats(ctx context.Context) (RegionStats, error) {
	return get(ctx, c, "/stats/region", decodeRegionStats)
}

func decodeRegionStats(body []byte) (RegionStats, error) {
	return document.Decode(body, func(o document.Object) RegionStats {
		return RegionStats{
			Count:            o.Integer("count"),
			EmptyCount:       o.Integer("empty_count"),
			StorageSize:      o.Integer("storage_size"),
			StorageKeys:      o.Integer("storage_keys"),
			StoreLeaderCount: byStore(o, "store_leader_count"),
			StorePeerCount:   byStore(o, "store_peer_count"),
			StoreLeaderSize:  byStore(o, "store_leader_size"),
			StoreLeaderKeys:  byStore(o, "store_leader_keys"),
			StorePeerSize:    byStore(o, "store_peer_size"),
			StorePeerKeys:    byStore(o, "store_peer_keys"),
		}
	})
}

func byStore(o document.Object, name string) map[uint64]int64 {
	stores := o.Object(name)
	values := make(map[uint64]int64)
	for _, key := range stores.Names() {
		values[storeID(stores, key)] = stores.Integer(key)
	}
	return values
}

// storeID reads the name of a field that is a store's id.
func storeID(o document.Object, name string) uint64 {
	id, err := strconv.ParseUint(name, 10, 64)
	if err != nil {
		o.Fail(name, "is not the id of a store")
	}
	return id
}
