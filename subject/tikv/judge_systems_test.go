package tikv

import "testing"

func TestJudgeMetrics(t *testing.T) {
	lost := func(sources ...string) func(g *gathering) {
		return func(g *gathering) {
			for _, source := range sources {
				g.lose(source, "timeout")
			}
		}
	}
	runJudgements(t, map[string]judgement{
		"Latency": {
			reason: "the query that an invariant stands on", change: lost(sourceLatency),
			want: []string{
				"broken metrics_unavailable: Prometheus does not answer a query: prometheus/latency is timeout",
				"unknown high_latency (prometheus/latency): prometheus/latency is timeout",
			},
		},
		"Others": {reason: "those that only the state needs", change: lost(sourceCommands, sourceCPU, sourceSize)},
		"PD": {
			reason: "the first of the calls says why", change: lost(pdSources...),
			want: []string{
				"broken pd_unavailable: no PD endpoint answers: pd/stores is timeout",
				"unknown store_down (pd/stores): pd/stores is timeout",
				"unknown high_latency (pd/stores): which stores there are is not known: pd/stores is timeout",
				"unknown low_disk_space (pd/stores): pd/stores is timeout",
				"unknown region_without_leader (pd/stats): pd/stats is timeout",
				"unknown under_replicated (pd/miss-peer): pd/miss-peer is timeout",
				"unknown leader_imbalance (pd/stores): pd/stores is timeout",
			},
		},
	})
}
