package tikv

import "time"

// State is the document of one observation. What could not be read is null;
// what was read and is empty is not.
type State struct {
	Stores          []StoreState            `json:"stores" jsonschema:"the stores in the cluster, those that are not well first"`
	StoresTotal     *int                    `json:"stores_total" jsonschema:"how many stores there are"`
	StoresTruncated bool                    `json:"stores_truncated" jsonschema:"whether stores lists fewer than there are"`
	StoreMetrics    map[string]StoreMetrics `json:"store_metrics" jsonschema:"what Prometheus tells of each store, by its ID"`
	Cluster         *ClusterState           `json:"cluster" jsonschema:"sums over all regions, by PD"`
	Replication     []ReplicationState      `json:"replication" jsonschema:"the regions that something is wrong with"`
	Evicting        []string                `json:"evicting" jsonschema:"the IDs of the stores that leaders are being evicted from"`
	PD              []MemberState           `json:"pd" jsonschema:"PD's members"`
}

// StoreState is a store, by PD.
type StoreState struct {
	ID             string     `json:"id"`
	Address        string     `json:"address"`
	Version        string     `json:"version"`
	State          string     `json:"state"`
	CapacityBytes  *int64     `json:"capacity_bytes" jsonschema:"null until the store has reported it"`
	AvailableBytes *int64     `json:"available_bytes"`
	UsedBytes      *int64     `json:"used_bytes"`
	Leaders        *int64     `json:"leaders" jsonschema:"how many regions it leads"`
	Regions        *int64     `json:"regions" jsonschema:"how many regions it has a peer of"`
	LastHeartbeat  *time.Time `json:"last_heartbeat"`
}

// StoreMetrics is what Prometheus tells of a store; null is what it does not.
type StoreMetrics struct {
	CommandsPerSecond *float64 `json:"commands_per_second"`
	LatencyP99MS      *float64 `json:"latency_p99_ms" jsonschema:"99th percentile of its gRPC calls in milliseconds"`
	CPUCores          *float64 `json:"cpu_cores" jsonschema:"processor time used, in seconds per second"`
	CapacityBytes     *float64 `json:"capacity_bytes"`
	AvailableBytes    *float64 `json:"available_bytes"`
	UsedBytes         *float64 `json:"used_bytes"`
}

// ClusterState is sums over all regions.
type ClusterState struct {
	Regions              int64 `json:"regions"`
	RegionsWithoutLeader int64 `json:"regions_without_leader"`
	EmptyRegions         int64 `json:"empty_regions"`
	StorageSizeMiB       int64 `json:"storage_size_mib" jsonschema:"approximate, of one copy"`
	StorageKeys          int64 `json:"storage_keys" jsonschema:"approximate, of one copy"`
}

// ReplicationState is the regions that one check finds.
type ReplicationState struct {
	Check    string   `json:"check"`
	Count    *int     `json:"count" jsonschema:"how many regions; null where that could not be read"`
	Examples []string `json:"examples" jsonschema:"the IDs of the first few"`
}

// MemberState is a member of PD.
type MemberState struct {
	Name    string `json:"name"`
	Healthy bool   `json:"healthy"`
	Leader  bool   `json:"leader" jsonschema:"whether it serves the API and moves regions"`
}
