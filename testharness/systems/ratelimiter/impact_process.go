package ratelimiter

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
)

// processKinds are the faults of processes: one that does not run, or does
// nothing, until the fault is healed.
var processKinds = map[string]bool{"kill": true, "hang": true, "slow_start": true, "restart": true}

// processesImpact is that of a fault of one process, or of several with commas
// between their names.
func (s *Stack) processesImpact(kind, on string, with json.RawMessage) fault.Impact {
	var e effects
	var nodes []string
	for part := range strings.SplitSeq(on, ",") {
		switch part = strings.TrimSpace(part); {
		case slices.Contains(s.NodeNames(), part):
			nodes = append(nodes, part)
		case part == partPrometheus:
			withoutPrometheus(&e)
		case s.redis.Node(part) != nil:
			s.withoutRedisServer(&e, part)
		}
	}
	s.withoutNodes(&e, nodes)
	if kind == "restart" || kind == "slow_start" && !lasting(with) {
		return softened(e.impact)
	}
	return e.impact
}

// lasting tells whether a slow start takes longer than any scenario waits.
func lasting(with json.RawMessage) bool {
	var p struct {
		For duration `json:"for"`
	}
	return json.Unmarshal(with, &p) == nil && time.Duration(p.For) >= time.Minute
}

// withoutNodes: they do not answer, and then their registrations expire. When
// they go on after they hung, the checks that they had under way have taken as
// long as that.
func (s *Stack) withoutNodes(e *effects, ids []string) {
	if len(ids) == 0 {
		return
	}
	e.mustOf(nodeUnreachable, ids...)
	e.mustOf(nodeDown, ids...)
	e.couldOf(highLatency, ids...)
	e.after(s.RegistrationTTL())
	if len(ids) == s.topology.Nodes {
		e.must(managementUnavailable)
		e.blind(counterDrift)
	}
}

// withoutPrometheus: nothing is measured, or nobody is told.
func withoutPrometheus(e *effects) {
	e.must(metricsUnavailable)
	e.blind(highLatency, ghostAllowing)
}

// withoutRedis: the registry and the counters are in it. One that comes back has
// lost the registrations, or they have expired meanwhile, until the next
// heartbeats. It has lost the counters as well, so that more is allowed in a
// window than its limit. Checks that wait for it are slow.
func (s *Stack) withoutRedis(e *effects) {
	e.must(redisDisconnected, nodeDown)
	e.blind(overLimit, staleCounter, counterDrift, ghostAllowing)
	e.could(ghostAllowing)
	e.couldOf(nodeDown, s.NodeNames()...)
	e.couldOf(highLatency, s.NodeNames()...)
}

// withoutRedisServer goes by what else there is that could take over. Who is
// master changes, so under Sentinel and in a Cluster every server counts as one.
func (s *Stack) withoutRedisServer(e *effects, part string) {
	shape := s.redis.Shape()
	switch {
	case strings.HasPrefix(part, "sentinel-"), shape == redisset.Replica && part != partRedis:
	case shape == redisset.Sentinel, shape == redisset.Cluster:
		var without effects
		s.withoutRedis(&without)
		without.could(counterDrift) // who takes over lags behind
		for _, m := range softened(without.impact).May {
			e.impact.May = add(e.impact.May, m)
		}
	default:
		s.withoutRedis(e)
	}
}
