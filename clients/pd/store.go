package pd

import "time"

// The states of a store, as PD names them in [Store.State].
const (
	// StateUp: it heartbeats and serves.
	StateUp = "Up"
	// StateDisconnected: no heartbeat for 20 s.
	StateDisconnected = "Disconnected"
	// StateDown: no heartbeat for longer than [ScheduleConfig.MaxStoreDownTime].
	StateDown = "Down"
	// StateOffline: it is being removed on purpose and gives its regions away.
	// PD does not say then whether it still heartbeats: see LastHeartbeat.
	StateOffline = "Offline"
	// StateTombstone: it was removed.
	StateTombstone = "Tombstone"
)

// The states of [Store.NodeState], which is PD's newer word on where in its life
// a store is, without regard to heartbeats.
const (
	NodePreparing = "Preparing" // joined and not in full service; before v6.0 all stores
	NodeServing   = "Serving"
	NodeRemoving  = "Removing"
	NodeRemoved   = "Removed"
)

// Store is one store of the cluster: one TiKV (or TiFlash) process.
type Store struct {
	ID uint64
	// Address is where the store serves, host:port, as it registered.
	Address string
	// StatusAddress is where it serves its metrics, PeerAddress where other
	// stores reach it; empty if it did not say.
	StatusAddress, PeerAddress string
	Version                    string            // "v8.5.2"; empty if it did not say
	Labels                     map[string]string // by key; nil without any
	State                      string            // StateUp and so on, or whatever else PD says
	NodeState                  string            // NodeServing and so on
	// PhysicallyDestroyed: whoever removed it said that it will not come back.
	PhysicallyDestroyed bool

	// LastHeartbeat is when PD last heard from it, in UTC; nil if never.
	LastHeartbeat *time.Time
	// StartTime is when the process started, and Uptime from then to the last
	// heartbeat; nil until the store has said so.
	StartTime *time.Time
	Uptime    *time.Duration

	// Capacity, Available and UsedSize are in bytes, to the four digits that PD
	// gives: within 0.05 %. All are 0 as long as the PD that leads has had no
	// heartbeat from the store. A capacity of 0 is one that is not known.
	Capacity, Available, UsedSize int64

	LeaderCount, RegionCount int64 // RegionCount counts the store's peers
	LeaderSize, RegionSize   int64 // approximate, in MiB
	LeaderWeight             float64
	RegionWeight             float64
	LeaderScore, RegionScore float64

	LearnerCount       int64
	WitnessCount       int64
	PendingPeerCount   int64
	SendingSnapCount   int64
	ReceivingSnapCount int64
	SlowScore          uint64 // 1 is healthy, 100 is slow, 0 is not known
	Busy               bool   // it asked for a rest
}

// Lifecycle selects stores by what was decided about them, without regard to
// heartbeats: see [Client.Stores]. The numbers are PD's own.
type Lifecycle int

// The lifecycles.
const (
	LifecycleUp        Lifecycle = 0 // in the cluster: Up, Disconnected or Down
	LifecycleOffline   Lifecycle = 1 // being removed: Offline
	LifecycleTombstone Lifecycle = 2 // removed: Tombstone
)
