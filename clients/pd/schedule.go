package pd

import (
	"context"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/document"
)

// ScheduleConfig is the part of PD's scheduling configuration that says when a
// store counts as lost or full, and what PD does of itself. A limit of 0 turns
// that kind of scheduling off.
type ScheduleConfig struct {
	// MaxStoreDownTime is how long a store may be silent before it is Down and
	// its peers are replaced.
	MaxStoreDownTime time.Duration
	// A store whose free share is below 1 - LowSpaceRatio gets no more regions;
	// above 1 - HighSpaceRatio space plays no part.
	LowSpaceRatio, HighSpaceRatio float64

	// How many operators of each kind run at once.
	LeaderScheduleLimit  uint64
	RegionScheduleLimit  uint64
	ReplicaScheduleLimit uint64
	MergeScheduleLimit   uint64
	// How many of these a store may have before PD lets it be.
	MaxSnapshotCount, MaxPendingPeerCount uint64

	RemoveDownReplica     bool // peers of stores that are Down are removed
	ReplaceOfflineReplica bool // peers of stores that are Offline are moved
	MakeUpReplica         bool // missing peers are added
}

// ScheduleConfig returns PD's scheduling configuration as it is in force.
func (c *Client) ScheduleConfig(ctx context.Context) (ScheduleConfig, error) {
	return get(ctx, c, "/config/schedule", decodeScheduleConfig)
}

func decodeScheduleConfig(body []byte) (ScheduleConfig, error) {
	return document.Decode(body, func(o document.Object) ScheduleConfig {
		return ScheduleConfig{
			MaxStoreDownTime:      duration(o)("max-store-down-time"),
			LowSpaceRatio:         o.Number("low-space-ratio"),
			HighSpaceRatio:        o.Number("high-space-ratio"),
			LeaderScheduleLimit:   o.Unsigned("leader-schedule-limit"),
			RegionScheduleLimit:   o.Unsigned("region-schedule-limit"),
			ReplicaScheduleLimit:  o.Unsigned("replica-schedule-limit"),
			MergeScheduleLimit:    o.Unsigned("merge-schedule-limit"),
			MaxSnapshotCount:      o.Unsigned("max-snapshot-count"),
			MaxPendingPeerCount:   o.Unsigned("max-pending-peer-count"),
			RemoveDownReplica:     truth(o, "enable-remove-down-replica"),
			ReplaceOfflineReplica: truth(o, "enable-replace-offline-replica"),
			MakeUpReplica:         truth(o, "enable-make-up-replica"),
		}
	})
}

// truth reads a boolean that PD writes as a string.
func truth(o document.Object, name string) bool {
	switch text := o.Text(name); text {
	case "true":
		return true
	case "false":
		return false
	default:
		o.Fail(name, `is %s, want "true" or "false"`, failure.Quote(text))
		return false
	}
}
