package tikv

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// byPD are the invariants that nobody can judge without PD.
const byPD = "store_down high_latency low_disk_space region_without_leader under_replicated leader_imbalance"

var metricSources = []string{sourceLatency, sourceCommands, sourceSize, sourceCPU}

// clusterSources are the sources that a PD without a cluster cannot serve.
var clusterSources = []string{sourceStores, sourceStats, sourceMiss, sourceDown, sourcePending}

// TestObserveAFake makes one thing of a cluster that is well odd, and says what
// is all that comes of it.
func TestObserveAFake(t *testing.T) {
	htmlPage := "<html>\x1b[2J" + strings.Repeat("<p>proxy</p>", 100)
	cases := map[string]struct {
		reason   string
		change   func(f *fake)
		config   map[string]any
		sources  map[string]protocol.SourceClass // that were not read
		unjudged map[string]protocol.Verdict     // that do not hold
		broken   []string                        // entities of store_down
		check    func(t *testing.T, st State)
	}{
		"Well": {
			reason: "the recorded answers",
			check: func(t *testing.T, st State) {
				t.Helper()
				if *st.StoresTotal != 4 || st.Stores[3].ID != "4" || *st.Stores[3].Leaders != 16 || st.Cluster.Regions != 50 {
					t.Errorf("state %+v", st)
				}
				if m := st.StoreMetrics["1"]; *m.LatencyP99MS != 12 || *m.CommandsPerSecond != 250 || *m.CPUCores != 1.5 || m.CapacityBytes != nil {
					t.Errorf("metrics of store 1 %+v", m)
				}
			},
		},
		"Disconnected": {
			reason:   "all four are silent: what PD repeats of the regions is old",
			change:   func(f *fake) { f.on("GET /stores", replay(f.t, "stores-disconnected")) },
			unjudged: judgedAs("store_down", "region_without_leader under_replicated leader_imbalance"),
			broken:   []string{"1", "2", "3", "4"},
		},
		"Down": {
			reason:   "the same, later",
			change:   func(f *fake) { f.on("GET /stores", replay(f.t, "stores-down")) },
			unjudged: judgedAs("store_down", "region_without_leader under_replicated leader_imbalance"),
			broken:   []string{"1", "2", "3", "4"},
		},
		"Offline": {
			reason:   "store 4 is being removed, and that was said",
			change:   func(f *fake) { f.on("GET /stores", replay(f.t, "stores-offline")) },
			config:   map[string]any{"stores": map[string]any{"removing": []string{"4"}}},
			unjudged: judgedAs("store_down", "region_without_leader under_replicated leader_imbalance"),
			broken:   []string{"1", "2", "3"},
			check: func(t *testing.T, st State) {
				t.Helper()
				if st.Stores[3].State != "Offline" {
					t.Errorf("stores %+v", st.Stores)
				}
			},
		},
		"PhysicallyDestroyed": {
			reason:   "stores 3 and 4 are being removed, and nobody said that it is on purpose",
			change:   func(f *fake) { f.on("GET /stores", replay(f.t, "stores-physically-destroyed")) },
			unjudged: judgedAs("store_down", "region_without_leader under_replicated leader_imbalance"),
			broken:   []string{"1", "2", "3", "4"},
		},
		"NotBootstrapped": {
			reason: "PD is there, and no store has ever joined it",
			change: func(f *fake) {
				f.all(replay(f.t, "stores-not-bootstrapped"))
				f.on("GET /health", replay(f.t, "health"))
				f.on("GET /members", f.members())
			},
			sources:  classed(protocol.SourceFailing, append([]string{sourceEvicting}, clusterSources...)...),
			unjudged: judgedAs("", byPD),
			check: func(t *testing.T, st State) {
				t.Helper()
				if st.Stores != nil || st.StoresTotal != nil || st.StoreMetrics != nil || st.Cluster != nil || st.Evicting != nil ||
					st.Replication[0].Count != nil || st.Replication[0].Examples != nil {
					t.Errorf("nothing was read, and the state is %+v", st)
				}
				if len(st.PD) != 1 || !st.PD[0].Healthy || !st.PD[0].Leader {
					t.Errorf("members %+v, want one, which leads", st.PD)
				}
			},
		},
		"Evicting": {
			reason: "as recorded: from store 2",
			change: func(f *fake) {
				f.on("GET /schedulers", replay(f.t, "schedulers-with-evict-leader"))
				f.on("GET /scheduler-config/evict-leader-scheduler/list", replay(f.t, "scheduler-evict-leader-config"))
			},
			check: func(t *testing.T, st State) {
				t.Helper()
				if diff := cmp.Diff([]string{"2"}, st.Evicting); diff != "" {
					t.Errorf("evicting: -want +got:\n%s", diff)
				}
			},
		},
		"PDLeadsAnew": {
			reason: "it has stores and regions, and nobody's reports yet",
			change: func(f *fake) {
				body := recorded(f.t, "stats-region").Response.Body
				f.on("GET /stats/region", answerWith(200, strings.NewReplacer(`"1": 11`, `"1": 0`, `"2": 11`, `"2": 0`, `"3": 12`, `"3": 0`, `"4": 16`, `"4": 0`).Replace(body)))
				stores := recorded(f.t, "stores-healthy").Response.Body
				f.on("GET /stores", answerWith(200, strings.NewReplacer(`"1TiB"`, `"0B"`, `"1021GiB"`, `"0B"`, `"1020GiB"`, `"0B"`).Replace(stores)))
			},
			unjudged: judgedAs("", "region_without_leader under_replicated leader_imbalance low_disk_space"),
			check: func(t *testing.T, st State) {
				t.Helper()
				if s := st.Stores[0]; s.CapacityBytes != nil || s.Leaders != nil || *s.Regions != 37 {
					t.Errorf("store 1 is %+v", s)
				}
			},
		},
		"StatsThatCannotBe": {
			reason: "more leaders than regions",
			change: func(f *fake) {
				f.on("GET /stats/region", answerWith(200, strings.Replace(recorded(f.t, "stats-region").Response.Body, `"count": 50`, `"count": 40`, 1)))
			},
			sources:  classed(protocol.SourceMalformed, sourceStats),
			unjudged: judgedAs("", "region_without_leader under_replicated leader_imbalance"),
		},
		"PDIsAProxy": {
			reason: "it answers, and not as PD", change: func(f *fake) { f.all(answerWith(200, htmlPage)) },
			sources: classed(protocol.SourceMalformed, pdSources...), unjudged: judgedAs("", byPD),
		},
		"PDRefuses": {
			reason: "credentials", change: func(f *fake) { f.all(answerWith(401, htmlPage)) },
			sources: classed(protocol.SourceRefused, pdSources...), unjudged: judgedAs("", byPD),
		},
		"PDIsDown": {
			reason: "nobody listens", change: func(f *fake) { f.pd.Close() },
			sources: classed(protocol.SourceUnreachable, pdSources...), unjudged: judgedAs("pd_unavailable", byPD),
		},
		"PDHangs": {
			reason: "within its own timeout it gave no answer", change: func(f *fake) {
				f.all(hang)
			},
			config:  map[string]any{"pd": map[string]any{"timeout": "200ms"}},
			sources: classed(protocol.SourceTimeout, pdSources...), unjudged: judgedAs("pd_unavailable", byPD),
		},
		"PDCutsConnections": {
			reason: "an answer that never comes is none", change: func(f *fake) { f.all(cut) },
			sources: classed(protocol.SourceUnreachable, pdSources...), unjudged: judgedAs("pd_unavailable", byPD),
		},
		"PrometheusIsDown": {
			reason: "it blinds high_latency only", change: func(f *fake) { f.prom.Close() },
			sources: classed(protocol.SourceUnreachable, metricSources...), unjudged: judgedAs("metrics_unavailable", "high_latency"),
			check: func(t *testing.T, st State) {
				t.Helper()
				if diff := cmp.Diff(StoreMetrics{}, st.StoreMetrics["1"]); diff != "" || len(st.StoreMetrics) != 4 {
					t.Errorf("metrics %+v, want four of nulls", st.StoreMetrics)
				}
			},
		},
		"PrometheusIsAProxy": {
			reason:  "it answers nonsense",
			change:  func(f *fake) { f.prom.Config.Handler = answerWith(200, htmlPage) },
			sources: classed(protocol.SourceMalformed, metricSources...), unjudged: judgedAs("metrics_unavailable", "high_latency"),
		},
		"PrometheusRefuses": {
			reason:  "it is there, and does not let us in: neither gone nor well",
			change:  func(f *fake) { f.prom.Config.Handler = answerWith(http.StatusForbidden, "") },
			sources: classed(protocol.SourceRefused, metricSources...), unjudged: judgedAs("", "metrics_unavailable high_latency"),
		},
		"WithoutPrometheus": {
			reason: "what only it knows is unknown", config: map[string]any{"prometheus": nil},
			sources: classed(protocol.SourceNotConfigured, metricSources...), unjudged: judgedAs("", "metrics_unavailable high_latency"),
			check: func(t *testing.T, st State) {
				t.Helper()
				if st.StoreMetrics != nil {
					t.Errorf("metrics %+v, want null", st.StoreMetrics)
				}
			},
		},
		"ImpossibleLatency": {
			reason: "a latency below 0 is no fast one",
			change: func(f *fake) {
				f.metric("histogram_quantile(", sample(map[string]string{"instance": "mock:://tikv-1:1"}, "-Inf"))
			},
			sources: classed(protocol.SourceMalformed, sourceLatency), unjudged: judgedAs("metrics_unavailable", "high_latency"),
		},
		"InfiniteLatency": {
			reason: "which JSON has no number for",
			change: func(f *fake) {
				f.metric("histogram_quantile(", sample(map[string]string{"instance": "mock:://tikv-1:1"}, "+Inf"), sample(map[string]string{"instance": "mock:://tikv-2:2"}, "NaN"))
			},
			unjudged: judgedAs("high_latency", ""),
			check: func(t *testing.T, st State) {
				t.Helper()
				if st.StoreMetrics["1"].LatencyP99MS != nil || st.StoreMetrics["2"].LatencyP99MS != nil {
					t.Errorf("metrics %+v, want null", st.StoreMetrics)
				}
			},
		},
		"InfiniteSize": {
			reason: "infinity by infinity is no share of a disk",
			change: func(f *fake) {
				f.metric("sum by (instance, type)", sample(map[string]string{"instance": "mock:://tikv-1:1", "type": "capacity"}, "+Inf"))
			},
			sources: classed(protocol.SourceMalformed, sourceSize),
		},
		"Histogram": {
			reason: "a native histogram is no number",
			change: func(f *fake) {
				f.metric("histogram_quantile(", `{"metric":{},"histogram":[1.7e9,{"count":"1","sum":"1","buckets":[]}]}`)
			},
			sources: classed(protocol.SourceMalformed, sourceLatency), unjudged: judgedAs("metrics_unavailable", "high_latency"),
		},
		"LongLists": {
			reason: "the state is bounded, those that are not well first",
			change: func(f *fake) {
				body := strings.Replace(recorded(f.t, "stores-healthy").Response.Body, `"state_name": "Up"`, `"state_name": "`+strings.Repeat("x", 10_000)+`"`, 3)
				f.on("GET /stores", answerWith(200, strings.Replace(body, strings.Repeat("x", 10_000), "Up", 2)))
			},
			config:   map[string]any{"list_size": 2},
			unjudged: judgedAs("store_down", "region_without_leader under_replicated"),
			broken:   []string{"3"},
			check: func(t *testing.T, st State) {
				t.Helper()
				if len(st.Stores) != 2 || !st.StoresTruncated || *st.StoresTotal != 4 || st.Stores[0].ID != "3" || len(st.Stores[0].State) > maxText+3 {
					t.Errorf("stores %+v", st.Stores)
				}
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			if tc.change != nil {
				tc.change(f)
			}
			if section, ok := tc.config["pd"].(map[string]any); ok {
				section["endpoints"] = []string{f.pd.URL}
			}
			o := observe(t, open(t, f.config(tc.config)))
			if diff := cmp.Diff(tc.sources, notOK(o), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: sources: -want +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.unjudged, unjudged(o), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: verdicts: -want +got:\n%s", tc.reason, diff)
			}
			var broken []string
			for _, v := range o.Violations {
				if v.Invariant == storeDown {
					broken = append(broken, v.Entity)
				}
			}
			if diff := cmp.Diff(tc.broken, broken, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: stores that are down: -want +got:\n%s", tc.reason, diff)
			}
			if tc.check != nil {
				tc.check(t, stateOf(t, o))
			}
			if len(f.writes()) > 0 {
				t.Error("an observation changed something")
			}
			if t.Failed() {
				t.Log(o.Summary)
				for _, line := range verdicts(o) {
					t.Log(line)
				}
			}
		})
	}
}
