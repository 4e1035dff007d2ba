package tikv

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/subject/tikv"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/httpfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/netfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/processfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/promfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/tikvcluster"
)

// Options say what the system is made of.
type Options struct {
	// Programs are the simulation's; the zero value is what
	// [tikvcluster.FindPrograms] finds.
	Programs tikvcluster.Programs
}

// System is TiKV as scenarios know it.
func System(o Options) stack.System {
	return stack.System{
		Name:       "tikv",
		Summary:    "a TiKV cluster: a Placement Driver, stores, and a Prometheus",
		Topology:   json.RawMessage(topologySchema),
		LoadSchema: json.RawMessage(loadSchema),
		Kinds: slices.Concat(
			processfault.Kinds(), netfault.Kinds(), httpfault.Kinds(), promfault.Kinds(),
			Kinds(),
		),
		Definition: tikv.Definition,
		Plugin:     "operator-subject-tikv",
		Layout:     layout,
		Start: func(ctx context.Context, so stack.Options) (stack.Stack, error) {
			return start(ctx, o, so)
		},
		Random: random(),
	}
}

// random are the faults of a schedule that nobody has thought out: of each kind
// of cause some, on parts and links that the default topology has.
func random() []stack.Spec {
	const short = `{"latency":"300ms"}`
	return []stack.Spec{
		{Kind: "kill", On: "tikv-2"},
		{Kind: "hang", On: "tikv-3"},
		{Kind: "restart", On: "tikv-4"},
		{Kind: "kill", On: "pd"},
		{Kind: "hang", On: "pd"},
		{Kind: "hang", On: "prometheus"},
		{Kind: "black_hole", On: "operator->pd"},
		{Kind: "reset", On: "operator->prometheus"},
		{Kind: "latency", On: "operator->pd", With: json.RawMessage(short)},
		{Kind: "partition", On: "tikv-2->pd"},
		{Kind: "http_html", On: "operator->pd"},
		{Kind: "http_truncated", On: "operator->pd"},
		{Kind: "prometheus_empty", On: "operator->prometheus"},
		{Kind: "store_slow", With: json.RawMessage(`{"store":4,"latency":"900ms"}`)},
		{Kind: "store_full", With: json.RawMessage(`{"store":3,"used":0.95}`)},
		{Kind: "region_trouble", With: json.RawMessage(`{"trouble":"pending-peer"}`)},
	}
}

const topologySchema = `{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "stores": {"type": "integer", "minimum": 3, "maximum": 10, "default": 4, "description": "how many stores there are"},
    "regions": {"type": "integer", "minimum": 3, "maximum": 10000, "default": 50, "description": "how many regions they have"}
  }
}`

const loadSchema = `{
  "type": ["object", "boolean"],
  "additionalProperties": false,
  "properties": {
    "rate_per_leader": {"type": "number", "minimum": 0, "maximum": 1000, "default": 10, "description": "requests per second and region led"}
  }
}`
