package ratelimiter

import (
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

func TestJudgeNodes(t *testing.T) {
	runJudgements(t, map[string]judgement{
		"NotUp": {
			reason: "a state is the service's word and may be anything",
			change: func(g *gathering) { g.nodes.value[1].State = "Down\x1b[2J" },
			want:   []string{`broken node_down node-2: its state is "Down\x1b[2J"`},
		},
		"Gone": {
			reason: "a node seen before is gone: down, and neither its health nor its speed can be known",
			change: func(g *gathering) {
				g.nodes.value = g.nodes.value[:2]
				g.latency.value = g.latency.value[:2]
				g.past.gone = map[string]time.Time{"node-3": began.Add(-40 * time.Second)}
			},
			want: []string{
				"broken node_down node-3: gone from the registry, last seen there 40s ago; if it was taken out of service, nodes.forget_after can have it forgotten",
				"unknown node_unreachable node-3 (management/nodes): it is not in the registry, so there is no address to ask",
				"unknown high_latency node-3 (management/nodes): it is not in the registry",
			},
		},
		"GoneAndExpected": {
			reason: "an expected node is not forgotten, so nothing is said of that",
			config: `{"management": {"urls": ["http://x"]}, "redis": {"url": "redis://x"}, "prometheus": {"url": "http://x"}, "nodes": {"expected": ["node-3"]}}`,
			change: func(g *gathering) {
				g.nodes.value = g.nodes.value[:2]
				g.past.gone = map[string]time.Time{"node-3": began.Add(-90 * time.Second)}
			},
			want: []string{
				"broken node_down node-3: gone from the registry, last seen there 1m30s ago",
				"unknown node_unreachable node-3 (management/nodes): it is not in the registry, so there is no address to ask",
			},
		},
		"GoneAndSlow": {
			reason: "what was measured of a node that is gone since is judged all the same",
			change: func(g *gathering) {
				g.nodes.value = g.nodes.value[:2]
				g.latency.value[2].P99MS = 250
				g.past.gone = map[string]time.Time{"node-3": began}
			},
			want: []string{
				"broken node_down node-3: gone from the registry, last seen there 0s ago; if it was taken out of service, nodes.forget_after can have it forgotten",
				"broken high_latency node-3: p99 is 250.0 ms, above 100 ms",
				"unknown node_unreachable node-3 (management/nodes): it is not in the registry, so there is no address to ask",
			},
		},
		"NeverSeen": {
			reason: "an expected node that never came is down, and without its address nobody can tell whether it can be reached",
			change: func(g *gathering) { g.past.gone = map[string]time.Time{"node-4": {}} },
			want: []string{
				"broken node_down node-4: it is expected (nodes.expected) and has not been registered since this subject was opened",
				"unknown node_unreachable node-4 (management/nodes): it is not in the registry, so there is no address to ask",
				"unknown high_latency node-4 (management/nodes): it is not in the registry",
			},
		},
		"EmptyRegistry": {
			reason: "no node and none known is not a system of healthy nodes",
			change: func(g *gathering) {
				g.nodes.value, g.latency.value = nil, nil
			},
			want: []string{
				"unknown node_down (management/nodes): no node is registered and none is expected: the registry may have been lost",
				"unknown node_unreachable (management/nodes): no node is registered, so there is none to ask",
				"unknown high_latency (prometheus/latency): Prometheus has no latency of any node",
			},
		},
	})
}

// unanswered is how asking one node for its health may fail.
func unanswered(class failure.Class) error {
	return &failure.Error{Op: "GET /health", Target: "http://node-2:8080", Class: class}
}

func TestJudgeHealth(t *testing.T) {
	probed := func(p probe) func(*gathering) {
		return func(g *gathering) { g.health["node-2"] = p }
	}
	runJudgements(t, map[string]judgement{
		"Unreachable": {
			reason: "others answer from here, so it is the node",
			change: probed(probe{err: unanswered(failure.Unreachable), conclusive: true}),
			want:   []string{"broken node_unreachable node-2: GET /health on http://node-2:8080: unreachable"},
		},
		"Private": {
			reason: "nobody has ever answered from here: the addresses may not be meant for us",
			change: func(g *gathering) {
				g.past.reached = false
				for id := range g.health {
					g.health[id] = probe{err: unanswered(failure.Unreachable), conclusive: true}
				}
			},
			want: []string{
				"unknown node_unreachable node-1 (health): no node has ever answered from here, so its address may be private: GET /health on http://node-2:8080: unreachable",
				"unknown node_unreachable node-2 (health): no node has ever answered from here, so its address may be private: GET /health on http://node-2:8080: unreachable",
				"unknown node_unreachable node-3 (health): no node has ever answered from here, so its address may be private: GET /health on http://node-2:8080: unreachable",
			},
		},
		"CutShort": {
			reason: "the observation's deadline says nothing of the node",
			change: probed(probe{err: unanswered(failure.Timeout)}),
			want:   []string{"unknown node_unreachable node-2 (health): the observation's deadline came before its answer: GET /health on http://node-2:8080: timeout"},
		},
		"Failing": {
			reason: "it answers that it is not well",
			change: probed(probe{err: &failure.Error{Op: "GET /health", Class: failure.Failing, Status: 500}, conclusive: true}),
			want:   []string{"broken node_unreachable node-2: GET /health: failing (status 500)"},
		},
		"NoAddress": {
			reason: "what is registered is no address",
			change: probed(probe{err: &failure.Error{Op: "GET /health", Class: failure.Invalid, Detail: `want host:port: "x"`}, conclusive: true}),
			want:   []string{`unknown node_unreachable node-2 (health): its registered address cannot be asked: GET /health: invalid: want host:port: "x"`},
		},
		"AnotherNode": {
			reason: "the address has another node now, which says nothing of this one",
			change: probed(probe{other: "node-9", conclusive: true}),
			want:   []string{`unknown node_unreachable node-2 (health): another node, "node-9", answers at its address`},
		},
		"TooMany": {
			reason: "a node that was not asked is not well",
			change: func(g *gathering) { delete(g.health, "node-2") },
			want:   []string{"unknown node_unreachable node-2 (health): it was not asked: at most 1000 nodes are"},
		},
	})
}
