package ratelimiter

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
	nodeDown              = "node_down"
	nodeUnreachable       = "node_unreachable"
	managementUnavailable = "management_unavailable"
	redisDisconnected     = "redis_disconnected"
	metricsUnavailable    = "metrics_unavailable"
	highLatency           = "high_latency"
	overLimit             = "over_limit"
	ghostAllowing         = "ghost_allowing"
	counterDrift          = "counter_drift"
	staleCounter          = "stale_counter"
)

// declared are the invariants with their default severities and grace periods.
var declared = []protocol.Invariant{
	{
		Name: nodeDown, Entity: "node", Severity: protocol.Critical,
		Summary: "a node's state is not Up, or a node seen before or expected is gone from the registry",
	},
	{
		Name: nodeUnreachable, Entity: "node", Severity: protocol.Critical,
		Summary: "a registered node does not answer /health; unknown while no node has ever answered from here",
	},
	{
		Name: managementUnavailable, Severity: protocol.Critical,
		Summary: "no configured management endpoint answers",
	},
	{
		Name: redisDisconnected, Severity: protocol.Critical,
		Summary: "Redis does not answer a ping",
	},
	{
		Name: metricsUnavailable, Severity: protocol.Warning, Grace: time.Minute,
		Summary: "Prometheus does not answer a query",
	},
	{
		Name: highLatency, Entity: "node", Severity: protocol.Warning, Grace: time.Minute,
		Summary: "a node's p99 check latency is above the threshold",
	},
	{
		Name: overLimit, Entity: "key", Severity: protocol.Warning,
		Summary: "a key's count in force is above its limit",
	},
	{
		Name: ghostAllowing, Entity: "key", Severity: protocol.Critical,
		Summary: "more requests for a key were allowed in its window than its limit and the tolerance permit, or a key has limit 0 and requests remaining",
	},
	{
		Name: counterDrift, Entity: "key", Severity: protocol.Warning, Grace: 30 * time.Second,
		Summary: "the API's count for a key and Redis's differ by more than the threshold",
	},
	{
		Name: staleCounter, Entity: "key", Severity: protocol.Warning,
		Summary: "a counter has no expiry, so it can never drain",
	},
}

//go:embed guide.txt
var guide string

// Definition returns the rate limiter subject's definition.
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
		Name:         "ratelimiter",
		Version:      Version,
		Summary:      "A distributed rate limiter: stateless nodes, sliding windows in Redis, metrics in Prometheus",
		Guide:        guide,
		ConfigSchema: config,
		StateSchema:  state,
		Invariants:   slices.Clone(declared),
		Actions:      actions,
	}
	def.Open = opener(def, validator)
	return def, nil
}
