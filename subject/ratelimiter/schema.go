package ratelimiter

import (
	"encoding/json"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// maxKeyBytes is the longest key that the nodes take, in bytes.
const maxKeyBytes = 1 << 20

// configSchema derives the schema of Config, with what its types cannot say.
func configSchema() (json.RawMessage, error) {
	defaults := defaultConfig()
	defaults.Redis, defaults.Prometheus = new(defaultRedis()), new(defaultPrometheus())

	refinements := []kit.Refinement{
		{Path: "management.urls", Refine: func(s *jsonschema.Schema) { s.MinItems, s.MaxItems = new(1), new(100) }},
		{Path: "management.urls[]", Refine: notEmpty},
		{Path: "redis.addresses[]", Refine: notEmpty},
		{Path: "redis.db", Refine: between(0, 1<<20)},
		{Path: "redis.budget.keys", Refine: between(1, 1_000_000_000)},
		{Path: "redis.sweep.chains", Refine: func(s *jsonschema.Schema) { s.Enum = []any{1, 2, 4, 8, redis.MaxChains} }},
		{Path: "prometheus.url", Refine: notEmpty},
		{Path: "nodes.expected", Refine: func(s *jsonschema.Schema) { s.MaxItems, s.UniqueItems = new(maxRemembered), true }},
		{Path: "nodes.expected[]", Refine: notEmpty},
		{Path: "list_size", Refine: between(1, 1_000)},
		{Path: "max_state_bytes", Refine: between(1<<10, 5<<18)},
		{Path: "invariants.high_latency.threshold_ms", Refine: positive},
		{Path: "invariants.ghost_allowing.tolerance", Refine: between(0, 1000)},
		{Path: "invariants.ghost_allowing.slack", Refine: between(0, 1e9)},
		{Path: "invariants.counter_drift.threshold", Refine: between(0, 1e9)},
	}
	return kit.Schema(&defaults, slices.Concat(refinements, kit.RuleRefinements("invariants", declared))...)
}

// stateSchema derives the schema of State. A map may be null as a list may, which
// the derivation does not see.
func stateSchema() (json.RawMessage, error) {
	return kit.Schema[State](nil, kit.Refinement{Path: "node_metrics", Refine: func(s *jsonschema.Schema) {
		s.Type, s.Types = "", []string{"null", "object"}
	}})
}

func notEmpty(s *jsonschema.Schema) { s.MinLength = new(1) }

func positive(s *jsonschema.Schema) { s.ExclusiveMinimum = new(0.0) }

func between(low, high float64) func(*jsonschema.Schema) {
	return func(s *jsonschema.Schema) { s.Minimum, s.Maximum = new(low), new(high) }
}

// resetParams are reset_counter's parameters.
type resetParams struct {
	Key string `json:"key" jsonschema:"the key whose counter is emptied"`
}

// updateParams are update_limit's parameters.
type updateParams struct {
	Key      string `json:"key" jsonschema:"the key that gets a limit of its own"`
	Limit    int64  `json:"limit" jsonschema:"requests per window; 0 blocks the key"`
	WindowMS int64  `json:"window_ms,omitempty" jsonschema:"the window in milliseconds; the service's default if left out"`
}

// maxWindowMS is a year: far beyond any sensible window, and well within what
// every part of the system can count in.
const maxWindowMS = 366 * 24 * 3600 * 1000

func actionSpecs() ([]protocol.ActionSpec, error) {
	key := kit.Refinement{Path: "key", Refine: func(s *jsonschema.Schema) {
		s.MinLength, s.MaxLength = new(1), new(maxKeyBytes)
	}}
	reset, err := kit.Schema[resetParams](nil, key)
	if err != nil {
		return nil, err
	}
	update, err := kit.Schema[updateParams](nil, key,
		kit.Refinement{Path: "limit", Refine: between(0, 1<<53)},
		kit.Refinement{Path: "window_ms", Refine: between(1, maxWindowMS)},
	)
	if err != nil {
		return nil, err
	}
	return []protocol.ActionSpec{
		{
			Name:       resetCounter,
			Summary:    "empty a key's window, so that it has its full limit again",
			Params:     reset,
			Risk:       protocol.RiskLow,
			Idempotent: true,
			Repairs:    []string{overLimit, counterDrift, staleCounter},
		},
		{
			Name:             updateLimit,
			Summary:          "give a key a limit of its own",
			Params:           update,
			Risk:             protocol.RiskMedium,
			RequiresApproval: true,
			Idempotent:       true,
			Repairs:          []string{ghostAllowing, overLimit},
		},
	}, nil
}
