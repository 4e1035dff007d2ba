package tikv

import (
	_ "embed"
	"fmt"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// Version is the subject's version.
const Version = "0.1.0"

// The names of the invariants.
const (
	storeDown           = "store_down"
	pdUnavailable       = "pd_unavailable"
	metricsUnavailable  = "metrics_unavailable"
	highLatency         = "high_latency"
	lowDiskSpace        = "low_disk_space"
	regionWithoutLeader = "region_without_leader"
	underReplicated     = "under_replicated"
	leaderImbalance     = "leader_imbalance"
)

// declared are the invariants with their default severities and grace periods.
var declared = []protocol.Invariant{
	{
		Name: storeDown, Entity: "store_id", Severity: protocol.Critical,
		Summary: "a store is not Up and is not being removed on purpose, or one seen before or expected is gone",
	},
	{
		Name: pdUnavailable, Severity: protocol.Critical,
		Summary: "no configured PD endpoint answers",
	},
	{
		Name: metricsUnavailable, Severity: protocol.Warning, Grace: time.Minute,
		Summary: "Prometheus does not answer a query",
	},
	{
		Name: highLatency, Entity: "store_id", Severity: protocol.Warning, Grace: time.Minute,
		Summary: "the p99 of a store's gRPC calls is above the threshold",
	},
	{
		Name: lowDiskSpace, Entity: "store_id", Severity: protocol.Warning,
		Summary: "a store has used more of its capacity than the threshold",
	},
	{
		// Regions report once a minute, and a PD that leads anew knows of no leader
		// until they have.
		Name: regionWithoutLeader, Severity: protocol.Critical, Grace: 90 * time.Second,
		Summary: "PD knows no leader of a region, so nobody can read or write its keys",
	},
	{
		Name: underReplicated, Entity: "check", Severity: protocol.Warning, Grace: 5 * time.Minute,
		Summary: "regions miss a peer, or have one that is down or behind",
	},
	{
		Name: leaderImbalance, Entity: "store_id", Severity: protocol.Warning, Grace: 10 * time.Minute,
		Summary: "a store has more leaders than its fair share and the tolerance permit",
	},
}

//go:embed guide.txt
var guide string

// Definition returns the TiKV subject's definition.
func Definition() (protocol.Definition, error) {
	config, err := configSchema()
	if err != nil {
		return protocol.Definition{}, fmt.Errorf("config: %w", err)
	}
	validator, err := kit.NewValidator(config)
	if err != nil {
		return protocol.Definition{}, fmt.Errorf("config: %w", err)
	}
	state, err := stateSchema()
	if err != nil {
		return protocol.Definition{}, fmt.Errorf("state: %w", err)
	}
	actions, err := actionSpecs()
	if err != nil {
		return protocol.Definition{}, fmt.Errorf("actions: %w", err)
	}
	def := protocol.Definition{
		Name:         "tikv",
		Version:      Version,
		Summary:      "A TiKV cluster: stores that keep regions in several copies, placed by PD, metrics in Prometheus",
		Guide:        guide,
		ConfigSchema: config,
		StateSchema:  state,
		Invariants:   slices.Clone(declared),
		Actions:      actions,
	}
	def.Open = opener(def, validator)
	return def, nil
}
