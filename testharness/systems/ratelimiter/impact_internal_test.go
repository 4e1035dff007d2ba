package ratelimiter

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// TestEveryKindIsDecided: what a generic fault does to each part and each link
// was thought of, and no invariant in it is made up.
func TestEveryKindIsDecided(t *testing.T) {
	s := unwired(t, defaultTopology())
	def, err := System(Options{}).Definition()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range genericKinds() {
		targets := []string{"*->*", "node-*->redis", "*->node-1"}
		for _, l := range s.Links() {
			targets = append(targets, l.Name())
		}
		if k.On == stack.OnPart {
			targets = append(s.NodeNames(), partRedis, partPrometheus, "plugin", "node-1, node-2")
		}
		for _, on := range targets {
			impact, decided := s.decide(k.Name, on, nil)
			if !decided {
				t.Errorf("nobody has thought of %s on %s", k.Name, on)
			}
			for _, m := range impact.Marks() {
				if _, declared := def.Invariant(m.Invariant); !declared {
					t.Errorf("%s on %s: there is no invariant %q", k.Name, on, m.Invariant)
				}
			}
		}
	}
	if _, decided := s.decide("no_such_kind", "*->*", nil); decided {
		t.Error("a kind that there is not is decided")
	}
}

func TestImpact(t *testing.T) {
	type want struct {
		breaks, blinds, may []string
	}
	cases := map[string]struct {
		reason         string
		kind, on, with string
		breaks         []string
		blinds         []string
		may            []string
		delayed        bool
	}{
		"NodeKilled": {
			reason: "It does not answer, and later it is gone from the registry; nobody else is concerned.",
			kind:   "kill", on: "node-2",
			breaks: []string{"node_unreachable of node-2", "node_down of node-2"}, may: []string{"high_latency of node-2"}, delayed: true,
		},
		"NodesKilled": {
			reason: "Without nodes there is no management API.",
			kind:   "kill", on: "node-1, node-2,node-3",
			breaks: []string{
				"node_unreachable of node-1", "node_unreachable of node-2", "node_unreachable of node-3",
				"node_down of node-1", "node_down of node-2", "node_down of node-3", "management_unavailable",
			},
			blinds: []string{"counter_drift"},
			may:    []string{"high_latency of node-1", "high_latency of node-2", "high_latency of node-3"}, delayed: true,
		},
		"NodeRestarted": {
			reason: "It may be back before anybody looks.",
			kind:   "restart", on: "node-2",
			may: []string{"high_latency of node-2", "node_unreachable of node-2", "node_down of node-2"},
		},
		"Plugin": {reason: "Who cannot look calls nothing broken.", kind: "kill", on: "plugin"},
		"Latency": {
			reason: "What is slow and in time is not wrong.",
			kind:   "latency", on: "operator->redis", with: `{"latency":"200ms"}`,
			may: []string{"redis_disconnected"},
		},
		"LatencyForEver": {
			reason: "What is slower than anybody waits is not there; that is the default too.",
			kind:   "latency", on: "operator->prometheus",
			breaks: []string{"metrics_unavailable"}, blinds: []string{"high_latency", "ghost_allowing"},
		},
		"OneNodeUseless": {
			reason: "The others answer for it.",
			kind:   "http_html", on: "operator->node-3", breaks: []string{"node_unreachable of node-3"},
		},
		"OnePathUseless": {
			reason: "What is asked by other paths is known.",
			kind:   "http_status", on: "operator->node-*", with: `{"path": "/api/counters"}`, blinds: []string{"counter_drift"},
		},
		"Gateway": {
			reason: "A gateway's word that there is nobody is as good as none.",
			kind:   "http_status", on: "operator->node-*", with: `{"path": "/api/", "status": 503}`,
			blinds: []string{"node_down", "counter_drift"}, may: []string{"management_unavailable"},
		},
		"Harmless": {reason: "Fields that are new are nothing.", kind: "http_unknown_fields", on: "*->*"},
		"NoScrapes": {
			reason: "What was measured before gets too old.",
			kind:   "refuse", on: "prometheus->node-1", blinds: []string{"high_latency of node-1"}, delayed: true,
		},
		"NoNumbers": {
			reason: "Prometheus is there, and nobody can tell.",
			kind:   "prometheus_nan", on: "operator->prometheus", blinds: []string{"high_latency", "ghost_allowing"},
		},
		"RedisKilled": {
			reason: "The counters cannot be seen, and when they can again they are lost.",
			kind:   "kill", on: "redis",
			breaks: []string{"redis_disconnected", "node_down"},
			blinds: []string{"over_limit", "stale_counter", "counter_drift", "ghost_allowing"},
			may: []string{
				"ghost_allowing", "node_down of node-1", "node_down of node-2", "node_down of node-3",
				"high_latency of node-1", "high_latency of node-2", "high_latency of node-3",
			},
		},
		"QueriesOfOthers": {reason: "Only Prometheus speaks its language.", kind: "prometheus_empty", on: "operator->node-1"},
	}
	s := unwired(t, defaultTopology())
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var with json.RawMessage
			if tc.with != "" {
				with = json.RawMessage(tc.with)
			}
			got := s.Impact(tc.kind, tc.on, with)
			if diff := cmp.Diff(want{tc.breaks, tc.blinds, tc.may}, want{texts(got.Breaks), texts(got.Blinds), texts(got.May)}, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
			if (got.Delay > 0) != tc.delayed {
				t.Errorf("%s: delay = %s", tc.reason, got.Delay)
			}
		})
	}
}

func texts(marks []fault.Mark) []string {
	var all []string
	for _, m := range marks {
		all = append(all, m.String())
	}
	return all
}
