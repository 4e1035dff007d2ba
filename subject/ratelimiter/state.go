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

// SweepState is how far the reading of Redis's counters is. A sweep reads them
// all, by several observations if need be; after it, those that change are read.
type SweepState struct {
	Complete  bool       `json:"complete" jsonschema:"whether it is known of every counter whether it is wrong"`
	Read      int        `json:"read" jsonschema:"how many counters this observation has read"`
	Swept     int64      `json:"swept" jsonschema:"about how many of the total keys the present sweep has visited, or the last one if none is under way"`
	Total     *int64     `json:"total" jsonschema:"about how many keys Redis holds, other kinds included; null where that is unknown"`
	Counters  *int64     `json:"counters" jsonschema:"how many counters the last full sweep has read; null if none has ended"`
	LastFull  *time.Time `json:"last_full" jsonschema:"when the last full sweep ended; null if none has"`
	Following bool       `json:"following" jsonschema:"whether, since the last full sweep, only what changes is read"`
	Behind    int        `json:"behind" jsonschema:"how many counters have changed and were not read yet"`
	Again     *string    `json:"again" jsonschema:"why another full sweep is needed; null if none is, or none was followed before"`
	Off       *string    `json:"off" jsonschema:"why it is not known what changes, so that every observation sweeps; null where it is"`
	One       *string    `json:"one" jsonschema:"why one chain sweeps each server though more were configured; null if that is not so"`
	Untold    int64      `json:"untold" jsonschema:"how many counters were ever found to have changed without Redis telling; each has had all counters read again"`
}

// finite returns a pointer to f, or nil where JSON has no such number.
func finite(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}
