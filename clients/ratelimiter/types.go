package ratelimiter

import (
	"math"
	"time"
)

// Node is one registered node of the limiter, from GET /api/nodes. A node that
// died is not listed as down: its registration expires and it is gone.
type Node struct {
	ID string `json:"id"`
	// Address is what the node registered, usually host:port. It is the node's
	// own claim: see [Client.Health] before connecting to it.
	Address string `json:"address"`
	State   string `json:"state"` // "Up", or whatever else the service says
	// RegisteredAt is in UTC; nil where the service does not know. A time
	// without a zone is taken as UTC.
	RegisteredAt *time.Time `json:"registered_at"`
}

// Counter is one key's count, from GET /api/counters. The service lists at most
// 100, in no order.
type Counter struct {
	Key   string `json:"key"`
	Count int64  `json:"count"`
	// Limit is the limit that the service judged the key by: in the recorded
	// service the key's own, where it has one.
	Limit     int64 `json:"limit"`
	Remaining int64 `json:"remaining"`
}

// Limits are the defaults for keys without their own, from GET /api/limits.
type Limits struct {
	DefaultLimit    int64 `json:"default_limit"`     // requests per window
	DefaultWindowMS int64 `json:"default_window_ms"` // milliseconds
}

// Window returns the default window. One too long for a Duration (292 years)
// becomes the longest there is.
func (l Limits) Window() time.Duration { return milliseconds(l.DefaultWindowMS) }

// Block is a key that is refused now, from GET /api/blocks.
type Block struct {
	Key          string `json:"key"`
	CurrentCount int64  `json:"current_count"`
	Limit        int64  `json:"limit"`
}

// Health is a node's own word on itself, from GET /health. It says that the
// node answers, not that its Redis does.
type Health struct {
	Status string `json:"status"` // "healthy"
	NodeID string `json:"node_id"`
}

// Reset is the answer to [Client.ResetCounter].
type Reset struct {
	Key string `json:"key"`
	// Reset is false if there was no counter for the key.
	Reset bool `json:"reset"`
}

// LimitUpdate is the answer to [Client.UpdateLimit]: what is now in force.
type LimitUpdate struct {
	Key      string `json:"key"`
	Limit    int64  `json:"limit"`
	WindowMS int64  `json:"window_ms"` // milliseconds
	Updated  bool   `json:"updated"`
}

// Window returns the window that the service set for the key.
func (u LimitUpdate) Window() time.Duration { return milliseconds(u.WindowMS) }

func milliseconds(n int64) time.Duration {
	const most = math.MaxInt64 / int64(time.Millisecond)
	return time.Duration(min(max(n, -most), most)) * time.Millisecond
}
