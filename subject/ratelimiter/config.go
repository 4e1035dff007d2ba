package ratelimiter

import (
	"encoding/json"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit/section"
)

// Config is the subject's configuration. Its JSON Schema is derived from it.
type Config struct {
	Management    Management  `json:"management" jsonschema:"the nodes' management API"`
	Redis         *Redis      `json:"redis,omitempty" jsonschema:"the Redis that the nodes share; left out, what only it knows is unknown"`
	Prometheus    *Prometheus `json:"prometheus,omitempty" jsonschema:"the Prometheus that scrapes the nodes; left out, what only it knows is unknown"`
	Health        Health      `json:"health,omitzero" jsonschema:"the probing of each node's /health"`
	Nodes         Nodes       `json:"nodes,omitzero" jsonschema:"which nodes there should be"`
	Invariants    Invariants  `json:"invariants,omitzero" jsonschema:"thresholds, grace periods and severities"`
	ListSize      int         `json:"list_size,omitempty" jsonschema:"how many entries a list of the state, and the verdicts on one invariant, may have"`
	MaxStateBytes int         `json:"max_state_bytes,omitempty" jsonschema:"how large the texts of the state's lists may be together, in bytes"`
}

// Management is where the management API is.
type Management struct {
	URLs    []string     `json:"urls" jsonschema:"base URLs of the nodes or of a balancer before them; any that answers will do"`
	Timeout kit.Duration `json:"timeout,omitempty" jsonschema:"how long one call may take"`
}

// Redis is where the limiter's Redis is.
type Redis struct {
	URL              kit.Secret   `json:"url,omitempty" jsonschema:"redis://, rediss:// (TLS) or unix://, with user and password if need be"`
	Addresses        []string     `json:"addresses,omitempty" jsonschema:"host:port addresses instead of a URL: one server, the seeds of a Cluster, or with master_name Sentinels"`
	Cluster          bool         `json:"cluster,omitempty" jsonschema:"the one address is a Cluster's"`
	MasterName       string       `json:"master_name,omitempty" jsonschema:"the master's name at the Sentinels"`
	Username         string       `json:"username,omitempty" jsonschema:"the user, if not the default one"`
	Password         kit.Secret   `json:"password,omitempty" jsonschema:"the user's password"`
	SentinelUsername string       `json:"sentinel_username,omitempty" jsonschema:"the user at the Sentinels"`
	SentinelPassword kit.Secret   `json:"sentinel_password,omitempty" jsonschema:"that user's password"`
	DB               int          `json:"db,omitempty" jsonschema:"the database's number"`
	TLS              *section.TLS `json:"tls,omitempty" jsonschema:"speak TLS"`
	Prefix           string       `json:"prefix,omitempty" jsonschema:"what the limiter's keys begin with"`
	Timeout          kit.Duration `json:"timeout,omitempty" jsonschema:"how long one call may take"`
	Budget           Budget       `json:"budget,omitzero" jsonschema:"what one observation may spend on reading counters; the next goes on where it stopped"`
	Sweep            Sweep        `json:"sweep,omitzero" jsonschema:"how counters are read"`
}

// Budget bounds a slice of the sweep over Redis's keys.
type Budget struct {
	Time kit.Duration `json:"time,omitempty" jsonschema:"how long"`
	Keys int          `json:"keys,omitempty" jsonschema:"about how many keys a sweep may visit, those of others than the limiter included; without it only the time counts"`
}

// Sweep is how counters are read.
type Sweep struct {
	Chains    int  `json:"chains,omitempty" jsonschema:"how many scans walk one server side by side: 1 is gentle; 2, 4, 8 or 16 are faster, and felt by others. Servers that are not known to allow more are walked by one"`
	Untracked bool `json:"untracked,omitempty" jsonschema:"do not have Redis tell what changes (CLIENT TRACKING): every observation sweeps"`
}

// Prometheus is where the metrics are.
type Prometheus struct {
	section.Prometheus

	Labels Labels `json:"labels,omitzero" jsonschema:"the names of the labels on the limiter's metrics"`
}

// Labels are the names of the labels on the limiter's metrics.
type Labels struct {
	Node     string `json:"node,omitempty" jsonschema:"holds a node's ID"`
	Key      string `json:"key,omitempty" jsonschema:"holds the rate limited key"`
	Instance string `json:"instance,omitempty" jsonschema:"holds the address that Prometheus scrapes; tells nodes apart where nothing else does"`
	Result   string `json:"result,omitempty" jsonschema:"is allowed or blocked"`
}

// Health is the probing of nodes.
type Health struct {
	Timeout kit.Duration `json:"timeout,omitempty" jsonschema:"how long a node may take to answer /health"`
}

// Nodes is which nodes there should be.
type Nodes struct {
	Expected []string `json:"expected,omitempty" jsonschema:"IDs of nodes that must be registered, seen before or not"`
	// ForgetAfter is 0 by default: forgetting closes a ticket because nothing is
	// heard any more, which only somebody who knows the system can want.
	ForgetAfter kit.Duration `json:"forget_after,omitempty" jsonschema:"when a node that is gone counts as taken out of service, unless it is expected; never if left out"`
}

// Invariants is what may be changed of each invariant.
type Invariants struct {
	NodeDown              kit.Rule `json:"node_down,omitzero"`
	NodeUnreachable       kit.Rule `json:"node_unreachable,omitzero"`
	ManagementUnavailable kit.Rule `json:"management_unavailable,omitzero"`
	RedisDisconnected     kit.Rule `json:"redis_disconnected,omitzero"`
	MetricsUnavailable    kit.Rule `json:"metrics_unavailable,omitzero"`
	HighLatency           Latency  `json:"high_latency,omitzero"`
	OverLimit             kit.Rule `json:"over_limit,omitzero"`
	GhostAllowing         Ghost    `json:"ghost_allowing,omitzero"`
	CounterDrift          Drift    `json:"counter_drift,omitzero"`
	StaleCounter          kit.Rule `json:"stale_counter,omitzero"`
}

// Latency is high_latency's rule.
type Latency struct {
	kit.Rule

	ThresholdMS float64 `json:"threshold_ms,omitempty" jsonschema:"the highest p99 of a node's checks, in milliseconds"`
}

// Ghost is ghost_allowing's rule: allowed > limit * (1 + tolerance) + slack.
type Ghost struct {
	kit.Rule

	// Tolerance is 1 by default: a counter that was reset within its window may
	// rightly let its limit pass twice.
	Tolerance float64 `json:"tolerance,omitempty" jsonschema:"how far over a key's limit the requests allowed in its window may be, as a share of the limit"`
	Slack     float64 `json:"slack,omitempty" jsonschema:"how many requests more than that, for the extrapolation in Prometheus's estimate"`
}

// Drift is counter_drift's rule.
type Drift struct {
	kit.Rule

	Threshold float64 `json:"threshold,omitempty" jsonschema:"how many requests the API's count may differ from Redis's"`
}

func defaultConfig() Config {
	rules := make(map[string]kit.Rule, len(declared))
	for _, inv := range declared {
		rules[inv.Name] = kit.RuleOf(inv)
	}
	return Config{
		Management: Management{Timeout: kit.Duration(2 * time.Second)},
		Health:     Health{Timeout: kit.Duration(time.Second)},
		Invariants: Invariants{
			NodeDown:              rules[nodeDown],
			NodeUnreachable:       rules[nodeUnreachable],
			ManagementUnavailable: rules[managementUnavailable],
			RedisDisconnected:     rules[redisDisconnected],
			MetricsUnavailable:    rules[metricsUnavailable],
			HighLatency:           Latency{Rule: rules[highLatency], ThresholdMS: 100},
			OverLimit:             rules[overLimit],
			GhostAllowing:         Ghost{Rule: rules[ghostAllowing], Tolerance: 1, Slack: 5},
			CounterDrift:          Drift{Rule: rules[counterDrift], Threshold: 5},
			StaleCounter:          rules[staleCounter],
		},
		ListSize:      100,
		MaxStateBytes: 5 << 18,
	}
}

func defaultRedis() Redis {
	return Redis{
		Prefix:  redis.DefaultPrefix,
		Timeout: kit.Duration(time.Second),
		Budget:  Budget{Time: kit.Duration(redis.DefaultStepBudget)},
		Sweep:   Sweep{Chains: 1},
	}
}

func defaultPrometheus() Prometheus {
	return Prometheus{
		Prometheus: section.DefaultPrometheus(),
		Labels:     Labels{Node: "node_id", Key: "key", Instance: "instance", Result: "result"},
	}
}

// UnmarshalJSON decodes over the defaults: a section that is left out is nil
// and has none.
func (r *Redis) UnmarshalJSON(data []byte) error {
	type plain Redis
	*r = defaultRedis()
	return json.Unmarshal(data, (*plain)(r))
}

// UnmarshalJSON decodes over the defaults.
func (p *Prometheus) UnmarshalJSON(data []byte) error {
	type plain Prometheus
	*p = defaultPrometheus()
	return json.Unmarshal(data, (*plain)(p))
}

// rules returns the configured rule of each invariant.
func (i Invariants) rules() map[string]kit.Rule {
	return map[string]kit.Rule{
		nodeDown:              i.NodeDown,
		nodeUnreachable:       i.NodeUnreachable,
		managementUnavailable: i.ManagementUnavailable,
		redisDisconnected:     i.RedisDisconnected,
		metricsUnavailable:    i.MetricsUnavailable,
		highLatency:           i.HighLatency.Rule,
		overLimit:             i.OverLimit,
		ghostAllowing:         i.GhostAllowing.Rule,
		counterDrift:          i.CounterDrift.Rule,
		staleCounter:          i.StaleCounter,
	}
}
