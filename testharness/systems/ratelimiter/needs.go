package ratelimiter

import (
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
)

// Needs implements [stack.Stack], for a subject with the configuration of
// [Stack.Config]. What can be judged without a source in some circumstances is
// not said to need it:
//
//   - node_unreachable needs any node, and not each: a node that has never been
//     registered has no address to ask, and is judged by node_down.
//   - over_limit and ghost_allowing need no node: a limiter that holds no
//     counter is within every limit.
//
// In the shapes without links to Redis nobody can tell what was read of it.
func (s *Stack) Needs() map[string][][]string {
	anyNode := s.NodeNames()
	for i, name := range anyNode {
		anyNode[i] = s.link(network.Operator, name).Name()
	}
	needs := map[string][][]string{}
	need := func(links []string, invariants ...string) {
		for _, name := range invariants {
			needs[name] = append(needs[name], links)
		}
	}
	need(anyNode, nodeDown, nodeUnreachable, managementUnavailable, counterDrift, highLatency)
	if link := s.link(network.Operator, partRedis); link != nil {
		need([]string{link.Name()}, redisDisconnected, overLimit, staleCounter, counterDrift, ghostAllowing)
	}
	if link := s.link(network.Operator, partPrometheus); link != nil {
		need([]string{link.Name()}, metricsUnavailable, highLatency, ghostAllowing)
	}
	return needs
}

// The names of the subject's invariants.
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
