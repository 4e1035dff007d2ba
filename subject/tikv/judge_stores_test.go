package tikv

import (
	"math"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
)

// quiet gives the regions that store 1 leads to store 2, as happens when it
// falls silent.
func quiet(g *gathering) {
	leaders := g.stats.value.StoreLeaderCount
	leaders[2] += leaders[1]
	delete(leaders, 1)
}

func in(state string) func(g *gathering) {
	return func(g *gathering) {
		g.store(1).State = state
		quiet(g)
	}
}

func TestJudgeStores(t *testing.T) {
	const heartbeat = "; its last heartbeat was 3s ago"
	runJudgements(t, map[string]judgement{
		"Disconnected": {
			reason: "silent for 20 s", change: in(pd.StateDisconnected),
			want: []string{`broken store_down 1: "tikv-1:20160" is Disconnected` + heartbeat},
		},
		"Down": {
			reason: "silent for half an hour", change: in(pd.StateDown),
			want: []string{`broken store_down 1: "tikv-1:20160" is Down` + heartbeat},
		},
		"NeverHeard": {
			reason: "PD knows it and has not heard from it",
			change: func(g *gathering) {
				in(pd.StateDown)(g)
				g.store(1).LastHeartbeat = nil
			},
			want: []string{`broken store_down 1: "tikv-1:20160" is Down`},
		},
		"Offline": {
			reason: "nobody said that it was on purpose", change: in(pd.StateOffline),
			want: []string{`broken store_down 1: "tikv-1:20160" is Offline (being removed; list it in stores.removing if that is on purpose)` + heartbeat},
		},
		"OfflineOnPurpose": {
			reason: "it was said", change: in(pd.StateOffline), config: configured(`"stores": {"removing": ["1"]}`),
		},
		"OfflineOnPurposeOfAnother": {
			reason: "11 is not 1", change: in(pd.StateOffline), config: configured(`"stores": {"removing": ["11"]}`),
			want: []string{`broken store_down 1: "tikv-1:20160" is Offline (being removed; list it in stores.removing if that is on purpose)` + heartbeat},
		},
		"DownOnPurpose": {
			reason: "to be removed is not to be dead: PD has not been told to remove it", change: in(pd.StateDown), config: configured(`"stores": {"removing": ["1"]}`),
			want: []string{`broken store_down 1: "tikv-1:20160" is Down` + heartbeat},
		},
		"Tombstone": {reason: "it was removed, and is in nobody's way", change: in(pd.StateTombstone)},
		"TombstoneExpected": {
			reason: "it should not have been removed", change: in(pd.StateTombstone), config: configured(`"stores": {"expected": ["1"]}`),
			want: []string{`broken store_down 1: "tikv-1:20160" is Tombstone` + heartbeat},
		},
		"UnknownWord": {
			reason: "a state that no PD had yet is not Up, and may hold anything", change: in("Up\n\x1b[2J"),
			want: []string{`broken store_down 1: "tikv-1:20160" is Up\n\x1b[2J` + heartbeat},
		},
		"NoWord": {
			reason: "no state is not Up", change: in(""),
			want: []string{`broken store_down 1: "tikv-1:20160" is ` + heartbeat},
		},
		"Gone": {
			reason: "PD has lost its data, or somebody removed the tombstone between two looks",
			change: func(g *gathering) {
				g.gone = map[uint64]time.Time{9: began.Add(-90 * time.Second)}
			},
			want: []string{
				"broken store_down 9: PD no longer knows it; it was last seen there 1m30s ago; if it was taken out on purpose, list it in stores.removing",
				"unknown high_latency 9 (pd/stores): PD no longer knows this store",
				"unknown low_disk_space 9 (pd/stores): PD no longer knows this store",
				"unknown leader_imbalance 9 (pd/stores): PD no longer knows this store",
			},
		},
		"GoneAndExpected": {
			reason: "one report is enough, and it is never forgotten", config: configured(`"stores": {"expected": ["9"]}`),
			change: func(g *gathering) { g.gone = map[uint64]time.Time{9: began.Add(-90 * time.Second)} },
			want: []string{
				"broken store_down 9: PD no longer knows it; it was last seen there 1m30s ago",
				"unknown high_latency 9 (pd/stores): PD no longer knows this store",
				"unknown low_disk_space 9 (pd/stores): PD no longer knows this store",
				"unknown leader_imbalance 9 (pd/stores): PD no longer knows this store",
			},
		},
		"Expected": {
			reason: "one that was never seen", config: configured(`"stores": {"expected": ["1", "4"]}`),
			want: []string{"broken store_down 4: it is expected (stores.expected) and PD does not know it"},
		},
		"NoStore": {
			reason: "an empty list is no well cluster",
			change: func(g *gathering) { g.stores.value, g.stats.value = nil, pd.RegionStats{} },
			want: []string{
				"unknown store_down (pd/stores): PD knows no store that is in the cluster: its data may have been lost",
				"unknown high_latency (pd/stores): PD knows no store",
				"unknown low_disk_space (pd/stores): PD knows no store",
				"unknown region_without_leader (pd/stats): PD has been told of no region yet",
				"unknown under_replicated (pd/stats): PD counts none, but: PD has been told of no region yet",
				"unknown leader_imbalance (pd/stats): no store that may have leaders is known to have any",
			},
		},
		"OnlyTombstones": {
			reason: "nor is one of nothing but tombstones",
			change: func(g *gathering) {
				for i := range g.stores.value {
					g.stores.value[i].State = pd.StateTombstone
				}
				g.stats.value = pd.RegionStats{Count: 30}
				for check := range g.checks {
					delete(g.checks, check)
				}
				for _, r := range replication {
					g.checks[r.check] = answer[pd.RegionList]{value: pd.RegionList{Count: 30}}
				}
			},
			want: []string{
				"broken under_replicated down-peer: 30 regions: ...",
				"broken under_replicated miss-peer: 30 regions: ...",
				"broken under_replicated pending-peer: 30 regions: ...",
				"unknown store_down (pd/stores): PD knows no store that is in the cluster: its data may have been lost",
				"unknown high_latency (pd/stores): PD knows no store",
				"unknown low_disk_space (pd/stores): PD knows no store",
				"unknown region_without_leader (pd/stats): PD knows the leader of none of 30 regions: it leads anew and none has reported yet, or no store is left",
				"unknown leader_imbalance (pd/stats): no store that may have leaders is known to have any",
			},
		},
	})
}

func TestJudgeLatency(t *testing.T) {
	absent := "unknown high_latency 1 (prometheus/latency): Prometheus has no latency of \"tikv-1:20160\" in the last 1m"
	only := func(instance string, ms float64) func(g *gathering) {
		return func(g *gathering) {
			delete(g.latency.value, "tikv-1:20160")
			g.latency.value[instance] = ms
		}
	}
	runJudgements(t, map[string]judgement{
		"AtTheThreshold":  {reason: "above is above", change: only("tikv-1:20160", 100)},
		"Above":           {reason: "one store, by its ID", change: only("tikv-1:20160", 100.1), want: []string{"broken high_latency 1: p99 is 100.1 ms, above 100 ms"}},
		"OtherThreshold":  {reason: "it is configured", config: configured(`"invariants": {"high_latency": {"threshold_ms": 150}}`), change: only("tikv-1:20160", 149)},
		"ByStatusAddress": {reason: "TiKV serves its metrics there", change: only("tikv-1:20180", 101), want: []string{"broken high_latency 1: p99 is 101.0 ms, above 100 ms"}},
		"Absent":          {reason: "no series, no verdict", change: only("tikv-10:20160", 1), want: []string{absent}},
		"LongerPort":      {reason: "nor by a longer port", change: only("tikv-1:201600", 1), want: []string{absent}},
		"OnlyTheHost":     {reason: "nor by the host alone", change: only("tikv-1", 1), want: []string{absent}},
		"NoInstance":      {reason: "a series without the label is nobody's", change: only("", 1), want: []string{absent}},
		"NoStatusAddress": {reason: "and a store without a status address is not it", change: func(g *gathering) { only("", 1)(g); g.store(1).StatusAddress = "" }, want: []string{absent}},
		"AddressComesFirst": {
			reason: "both are scraped: the address that the design names counts",
			change: func(g *gathering) { g.latency.value["tikv-1:20180"] = 500 },
		},
		"Infinite": {
			reason: "above every bucket is above the threshold", change: only("tikv-1:20160", math.Inf(1)),
			want: []string{"broken high_latency 1: p99 is above the highest bucket of the histogram, and above 100 ms"},
		},
		"AnotherStoreIsSlow": {
			reason: "tikv-10 is slow, tikv-1 is not",
			change: func(g *gathering) {
				g.stores.value = append(g.stores.value, pd.Store{ID: 10, Address: "tikv-10:20160", State: pd.StateUp, Capacity: 10, Available: 10, LeaderWeight: 1})
				g.latency.value["tikv-10:20160"] = 300
			},
			want: []string{"broken high_latency 10: p99 is 300.0 ms, above 100 ms"},
		},
		"Tombstone": {reason: "a store that was removed has no latency to miss", change: func(g *gathering) {
			in(pd.StateTombstone)(g)
			delete(g.latency.value, "tikv-1:20160")
		}},
	})
}

func TestJudgeDisks(t *testing.T) {
	disk := func(capacity, available, used int64) func(g *gathering) {
		return func(g *gathering) {
			st := g.store(1)
			st.Capacity, st.Available, st.UsedSize = capacity, available, used
		}
	}
	metrics := func(kinds map[string]float64) func(g *gathering) {
		return func(g *gathering) {
			disk(0, 0, 0)(g)
			for kind, bytes := range kinds {
				g.size.value[kind] = byInstance{"tikv-1:20160": bytes, "tikv-10:20160": 1}
			}
		}
	}
	const unknown = "unknown low_disk_space 1 (pd/stores): it has not reported its capacity since PD's leader changed"
	runJudgements(t, map[string]judgement{
		"AtTheThreshold": {reason: "above is above", change: disk(1000, 300, 50)},
		"NotAvailable":   {reason: "somebody else fills the disk", change: disk(1000, 299, 50), want: []string{"broken low_disk_space 1: 70.1 % of its capacity is used, above 70 %"}},
		"Used":           {reason: "TiKV's own quota is smaller than its disk", change: disk(1000, 900, 801), want: []string{"broken low_disk_space 1: 80.1 % of its capacity is used, above 70 %"}},
		"Full":           {reason: "nothing left", change: disk(1000, 0, 1000), want: []string{"broken low_disk_space 1: 100.0 % of its capacity is used, above 70 %"}},
		"Threshold": {
			reason: "it is configured", config: configured(`"invariants": {"low_disk_space": {"threshold": 0.05}}`), change: disk(1000, 960, 40),
			want: []string{
				"broken low_disk_space 2: 10.0 % of its capacity is used, above 5 %",
				"broken low_disk_space 3: 10.0 % of its capacity is used, above 5 %",
			},
		},
		"NobodyKnows": {reason: "a capacity of 0 is none", change: disk(0, 0, 0), want: []string{unknown + ", and Prometheus has no size of it"}},
		"PrometheusIsGone": {
			reason: "and why Prometheus does not tell",
			change: func(g *gathering) { disk(0, 0, 0)(g); g.lose(sourceSize, "failing") },
			want:   []string{unknown + ", and Prometheus cannot tell: prometheus/size is failing"},
		},
		"PrometheusKnows":     {reason: "PD leads anew", change: metrics(map[string]float64{"capacity": 1000, "available": 600, "used": 300})},
		"PrometheusAvailable": {reason: "what is not available is used", change: metrics(map[string]float64{"capacity": 1000, "available": 200}), want: []string{"broken low_disk_space 1: 80.0 % of its capacity is used, above 70 %"}},
		"PrometheusUsed":      {reason: "whichever is more", change: metrics(map[string]float64{"capacity": 1000, "available": 600, "used": 710}), want: []string{"broken low_disk_space 1: 71.0 % of its capacity is used, above 70 %"}},
		"NoAvailable":         {reason: "half the truth is none", change: metrics(map[string]float64{"capacity": 1000, "used": 1}), want: []string{unknown + ", and Prometheus has no size of it"}},
		"ZeroByPrometheus":    {reason: "nothing divides by 0", change: metrics(map[string]float64{"capacity": 0, "available": 0}), want: []string{unknown + ", and Prometheus has no size of it"}},
	})
}
