package ratelimiter

import (
	"encoding/json"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/httpfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/keyfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/netfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/processfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/promfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/redisfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// genericKinds are the faults whose impact [Stack.Impact] tells.
func genericKinds() []stack.Kind {
	return slices.Concat(processfault.Kinds(), netfault.Kinds(), httpfault.Kinds(), promfault.Kinds())
}

// kinds are all faults, those that only a limiter on a Redis can have included.
func kinds() []stack.Kind {
	return slices.Concat(genericKinds(), redisfault.Kinds(), keyfault.Kinds())
}

// random are the faults of a schedule that nobody has thought out: of each kind
// of cause some, on parts and links of the default topology.
func random() []stack.Spec {
	with := func(text string) json.RawMessage { return json.RawMessage(text) }
	return []stack.Spec{
		{Kind: "kill", On: "node-2"},
		{Kind: "hang", On: "node-3"},
		{Kind: "restart", On: "node-1"},
		{Kind: "kill", On: "redis"},
		{Kind: "hang", On: "redis"},
		{Kind: "restart", On: "redis"},
		{Kind: "hang", On: "prometheus"},
		{Kind: "partition", On: "node-2->redis"},
		{Kind: "black_hole", On: "node-1->redis"},
		{Kind: "latency", On: "node-3->redis", With: with(`{"latency":"700ms"}`)},
		{Kind: "black_hole", On: "operator->redis"},
		{Kind: "half_open", On: "operator->redis"},
		{Kind: "latency", On: "operator->redis", With: with(`{"latency":"200ms","jitter":"100ms"}`)},
		{Kind: "partition", On: "operator->node-1"},
		{Kind: "refuse", On: "operator->node-*"},
		{Kind: "reset", On: "operator->prometheus"},
		{Kind: "refuse", On: "prometheus->node-3"},
		{Kind: "http_status", On: "operator->node-*"},
		{Kind: "http_html", On: "operator->node-2"},
		{Kind: "http_truncated", On: "operator->node-*"},
		{Kind: "http_wrong_types", On: "operator->node-*"},
		{Kind: "http_unknown_fields", On: "operator->*"},
		{Kind: "http_slow_body", On: "operator->prometheus"},
		{Kind: "prometheus_empty", On: "operator->prometheus"},
		{Kind: "prometheus_nan", On: "operator->prometheus"},
		{Kind: "redis_read_only"},
		{Kind: "redis_out_of_memory"},
		{Kind: "redis_injected_members"},
		{Kind: "redis_flush"},
		{Kind: "registry_vanished", On: "node-2"},
	}
}
