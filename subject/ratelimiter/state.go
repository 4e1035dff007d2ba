package ratelimiter

import (
	"math"
	"time"
)

// State is the document of one observation. A list or value that could not be
// read is null; one that was read and is empty is not.
type State struct {
	Nodes          []NodeState            `json:"nodes" jsonschema:"the registered nodes, those that are not well first"`
	NodesTotal     *int                   `json:"nodes_total" jsonschema:"how many nodes are registered"`
	NodesTruncated bool                   `json:"nodes_truncated" jsonschema:"whether nodes lists fewer than there are"`
	NodeMetrics    map[string]NodeMetrics `json:"node_metrics" jsonschema:"by node ID; by scraped address where a series cannot be told to belong to a node"`

	Counters          []CounterState `json:"counters" jsonschema:"the keys closest to or over their limits"`
	CountersTotal     *int           `json:"counters_total" jsonschema:"how many counters there are; null while only part of them was read"`
	CountersTruncated bool           `json:"counters_truncated" jsonschema:"whether counters lists fewer than there are"`

	Limits          *LimitsState `json:"limits" jsonschema:"the limit of keys that have none of their own"`
	Blocks          []BlockState `json:"blocks" jsonschema:"the keys that are refused now, by the management API"`
	BlocksTotal     *int         `json:"blocks_total" jsonschema:"how many keys are refused"`
	BlocksTruncated bool         `json:"blocks_truncated" jsonschema:"whether blocks lists fewer than there are"`

	RedisConnected *bool       `json:"redis_connected" jsonschema:"whether Redis answers a ping; null where that is unknown"`
	Sweep          *SweepState `json:"sweep" jsonschema:"how far the reading of Redis's counters is"`
}

// NodeState is a registered node.
type NodeState struct {
	ID           string     `json:"id"`
	Address      string     `json:"address"`
	State        string     `json:"state"`
	RegisteredAt *time.Time `json:"registered_at"`
	Reachable    *bool      `json:"reachable" jsonschema:"whether it answers /health from here; null where that is unknown"`
}

// NodeMetrics is what Prometheus tells of a node.
type NodeMetrics struct {
	LatencyP99MS *float64 `json:"latency_p99_ms" jsonschema:"99th percentile of its checks in milliseconds; null where it measured none, or it is above every bucket"`
}

// CounterState is a key's counter.
type CounterState struct {
	Key         string `json:"key"`
	Count       *int64 `json:"count" jsonschema:"requests in force in the key's window"`
	Limit       *int64 `json:"limit" jsonschema:"the limit in force for the key"`
	Remaining   *int64 `json:"remaining" jsonschema:"how many more are allowed now"`
	WindowMS    *int64 `json:"window_ms" jsonschema:"the key's window in milliseconds"`
	ExpiresInMS *int64 `json:"expires_in_ms" jsonschema:"when Redis drops the counter; null where that is unknown or never"`
}

// LimitsState is the limit of keys that have none of their own.
type LimitsState struct {
	DefaultLimit    int64 `json:"default_limit"`
	DefaultWindowMS int64 `json:"default_window_ms"`
}

// BlockState is a key that is refused.
type BlockState struct {
	Key          string `json:"key"`
	CurrentCount int64  `json:"current_count"`
	Limit        int64  `json:"limit"`
}

// SweepState is how far the reading of Redis's counters is.
type SweepState struct {
	Complete bool       `json:"complete" jsonschema:"whether this observation read every counter"`
	Swept    int        `json:"swept" jsonschema:"how many counters this observation read on its way"`
	Scanned  int64      `json:"scanned" jsonschema:"about how many of the total keys the present round has visited, by several observations if need be"`
	Total    *int64     `json:"total" jsonschema:"about how many keys Redis holds, other kinds included; null where that is unknown"`
	LastFull *time.Time `json:"last_full" jsonschema:"when the last round ended that read every counter; null if none has"`
}

// finite returns a pointer to f, or nil where JSON has no such number.
func finite(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}
