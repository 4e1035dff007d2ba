package ratelimiter

import (
	"math"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestJudgeLatency(t *testing.T) {
	slow := func(ms float64) func(*gathering) {
		return func(g *gathering) { g.latency.value[1].P99MS = ms }
	}
	runJudgements(t, map[string]judgement{
		"AtThreshold": {reason: "above, not at", change: slow(100), want: []string{}},
		"Slow": {
			reason: "one node is slow", change: slow(100.4),
			want: []string{"broken high_latency node-2: p99 is 100.4 ms, above 100 ms"},
		},
		"BeyondBuckets": {
			reason: "an infinite p99 is a slow one", change: slow(math.Inf(1)),
			want: []string{"broken high_latency node-2: p99 is above the highest bucket of the histogram, and above 100 ms"},
		},
		"Threshold": {
			reason: "it is configuration", change: slow(100.4),
			config: `{"management": {"urls": ["http://x"]}, "redis": {"url": "redis://x"}, "prometheus": {"url": "http://x"}, "invariants": {"high_latency": {"threshold_ms": 101}}}`,
			want:   []string{},
		},
		"Idle": {
			reason: "no checks have no p99, which is not 0 ms",
			change: func(g *gathering) { g.latency.value[1].Present, g.latency.value[1].P99MS = false, 0 },
			want:   []string{"unknown high_latency node-2 (prometheus/latency): it measured no checks in the last 1m"},
		},
		"NotMeasured": {
			reason: "a node without a series is unknown",
			change: func(g *gathering) { g.latency.value = g.latency.value[:2] },
			want: []string{
				"unknown high_latency node-3 (prometheus/latency): Prometheus has no latency that can be told to be this node's, by its ID or by its address",
			},
		},
		"ByAddress": {
			reason: "without node labels the scraped address tells whose a series is",
			change: func(g *gathering) {
				for i := range g.latency.value {
					g.latency.value[i].Node = ""
				}
				g.latency.value[2].P99MS = 101
			},
			want: []string{"broken high_latency node-3: p99 is 101.0 ms, above 100 ms"},
		},
		"ByOldAddress": {
			reason: "while the registry cannot be read, the last known addresses tell",
			change: func(g *gathering) {
				g.lose(sourceNodes, protocol.SourceFailing)
				g.past.addresses = map[string]string{"node-3:8080": "node-3"}
				g.latency.value = []prometheus.NodeLatency{{Instance: "node-3:8080", P99MS: 101, Present: true}}
			},
			want: []string{
				"broken high_latency node-3: p99 is 101.0 ms, above 100 ms",
				"unknown node_down (management/nodes): management/nodes is failing",
				"unknown node_unreachable (management/nodes): management/nodes is failing",
				"unknown high_latency (management/nodes): which nodes there are is not known: management/nodes is failing",
			},
		},
		"ByForeignAddress": {
			reason: "an address that is no node's is judged as itself, and the nodes stay unknown",
			change: func(g *gathering) {
				g.nodes.value = g.nodes.value[:1]
				g.latency.value = []prometheus.NodeLatency{{Instance: "10.0.0.9:80", P99MS: 101, Present: true}, {Instance: "10.0.0.8:80"}}
			},
			want: []string{
				"broken high_latency 10.0.0.9:80: p99 is 101.0 ms, above 100 ms",
				"unknown high_latency 10.0.0.8:80 (prometheus/latency): it measured no checks in the last 1m",
				"unknown high_latency node-1 (prometheus/latency): Prometheus has no latency that can be told to be this node's, by its ID or by its address",
			},
		},
		"SeveralSeries": {
			reason: "of a node's series the slowest counts, and one that measured nothing is none",
			change: func(g *gathering) {
				g.latency.value = append(g.latency.value,
					prometheus.NodeLatency{Node: "node-1", Instance: "old:1", P99MS: 180, Present: true},
					prometheus.NodeLatency{Node: "node-1", Instance: "old:2"})
			},
			want: []string{"broken high_latency node-1: p99 is 180.0 ms, above 100 ms"},
		},
	})
}
