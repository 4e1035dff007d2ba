package tikv

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit/section"
)

func TestConfigDefaults(t *testing.T) {
	s := open(t, `{"pd": {"endpoints": ["http://a:2379"]}, "prometheus": {"url": "http://c"}}`)
	second := kit.Duration(time.Second)
	want := Config{
		PD: PD{Endpoints: []string{"http://a:2379"}, Timeout: 2 * second},
		Prometheus: &Prometheus{
			Prometheus: section.Prometheus{URL: "http://c", Timeout: 2 * second, RateWindow: 60 * second},
			Instance:   "instance",
		},
		Invariants: Invariants{
			StoreDown:           kit.Rule{Severity: "critical"},
			PDUnavailable:       kit.Rule{Severity: "critical"},
			MetricsUnavailable:  kit.Rule{Severity: "warning", Grace: 60 * second},
			HighLatency:         Latency{Rule: kit.Rule{Severity: "warning", Grace: 60 * second}, ThresholdMS: 100},
			LowDiskSpace:        Disk{Rule: kit.Rule{Severity: "warning"}, Threshold: 0.7},
			RegionWithoutLeader: kit.Rule{Severity: "critical", Grace: 90 * second},
			UnderReplicated:     kit.Rule{Severity: "warning", Grace: 300 * second},
			LeaderImbalance:     Imbalance{Rule: kit.Rule{Severity: "warning", Grace: 600 * second}, Tolerance: 0.5, Slack: 10},
		},
		ListSize: 100,
	}
	if diff := cmp.Diff(want, s.cfg); diff != "" {
		t.Errorf("defaults: -want +got:\n%s", diff)
	}
}

func TestConfigOfPartOfASection(t *testing.T) {
	s := open(t, `{
		"pd": {"endpoints": ["http://a"]},
		"prometheus": {"url": "http://c", "instance": "pod", "match": {"cluster": "eu"}},
		"stores": {"expected": ["1"]},
		"invariants": {"store_down": {"grace": "10s"}, "leader_imbalance": {"slack": 0}}
	}`)
	got := []any{
		s.cfg.Prometheus.Timeout.Std(), s.cfg.Prometheus.Instance, s.cfg.Stores.ForgetAfter.Std(),
		s.cfg.Invariants.LeaderImbalance.Slack, s.cfg.Invariants.LeaderImbalance.Tolerance,
	}
	want := []any{2 * time.Second, "pod", time.Duration(0), 0.0, 0.5}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what a section leaves out keeps its default, and 0 is a value: -want +got:\n%s", diff)
	}
	inv, _ := s.Definition().Invariant(storeDown)
	if inv.Grace != 10*time.Second || inv.Severity != protocol.Critical {
		t.Errorf("the definition in force is %+v, want the configured grace period and the declared severity", inv)
	}
	if same := open(t, everything); same.cfg.Invariants.StoreDown.Grace != 0 || same.Definition().Invariants[0].Grace != 0 {
		t.Error("one subject's configuration changed another's defaults")
	}
}

func TestPrometheusLeftOut(t *testing.T) {
	for name, config := range map[string]string{
		"Absent": `{"pd": {"endpoints": ["http://a"]}}`,
		"Null":   `{"pd": {"endpoints": ["http://a"]}, "prometheus": null}`,
	} {
		t.Run(name, func(t *testing.T) {
			if s := open(t, config); s.prometheus != nil {
				t.Error("a client was made of a section that is not there")
			}
		})
	}
}

func TestWrongConfig(t *testing.T) {
	prometheusWith := func(fields string) string {
		return `{"pd": {"endpoints": ["http://a"]}, "prometheus": {"url": "http://p"` + fields + `}}`
	}
	cases := map[string]struct {
		reason string
		config string
		want   []string // paths, sorted
	}{
		"Nothing":      {"pd is required", ``, []string{"pd"}},
		"NotJSON":      {"no document, no field", `{`, []string{""}},
		"NoEndpoints":  {"a cluster without PD", `{"pd": {"endpoints": []}}`, []string{"pd.endpoints"}},
		"NullLists":    {"null is no list", `{"pd": {"endpoints": null}}`, []string{"pd.endpoints"}},
		"UnknownField": {"a typo is not ignored", `{"pd": {"endpoints": ["http://a"], "urls": "x"}, "promtheus": {}}`, []string{"pd.urls", "promtheus"}},
		"AllAtOnceBySchema": {
			"every field that the schema refuses",
			`{"pd": {"endpoints": [""], "timeout": "2"}, "list_size": 0, "stores": {"expected": ["x", "0", 1], "removing": ["-1"], "forget_after": 1},
			  "prometheus": {"url": "", "instance": ""},
			  "invariants": {"store_down": {"severity": "bad", "grace": 5}, "high_latency": {"threshold_ms": 0}, "low_disk_space": {"threshold": 1.5},
			  "leader_imbalance": {"tolerance": -1, "slack": -1}}}`,
			[]string{
				"invariants.high_latency.threshold_ms", "invariants.leader_imbalance.slack", "invariants.leader_imbalance.tolerance",
				"invariants.low_disk_space.threshold", "invariants.store_down.grace", "invariants.store_down.severity", "list_size",
				"pd.endpoints[0]", "pd.timeout", "prometheus.instance", "prometheus.url",
				"stores.expected[0]", "stores.expected[1]", "stores.expected[2]", "stores.forget_after", "stores.removing[0]",
			},
		},
		"AllAtOnceBeyondIt": {
			"every field that only the clients refuse",
			`{"pd": {"endpoints": ["http://a", "ftp://b", "c:2379"], "timeout": "0s", "tls": {"ca_file": "/does/not/exist"}},
			  "stores": {"expected": ["1", "1", "2"], "removing": ["2"]},
			  "prometheus": {"url": "p:9090", "timeout": "0s", "rate_window": "0s", "instance": "a b", "match": {"a b": "x", "le": "x", "ok": ""},
			  "bearer": {}, "tls": {"cert_file": "/does/not/exist"}}}`,
			[]string{
				"pd.endpoints[1]", "pd.endpoints[2]", "pd.timeout", "pd.tls",
				"prometheus.bearer", "prometheus.instance", "prometheus.match", "prometheus.match", "prometheus.match",
				"prometheus.rate_window", "prometheus.timeout", "prometheus.tls", "prometheus.url", "stores.expected[1]", "stores.expected[2]",
			},
		},
		"InstanceType":   {"the queries go by it", prometheusWith(`, "instance": "type"`), []string{"prometheus.instance"}},
		"InstanceBucket": {"the queries go by it", prometheusWith(`, "instance": "le"`), []string{"prometheus.instance"}},
		"Injection":      {"a label is no expression", prometheusWith(`, "instance": "a) (up) or sum by (b"`), []string{"prometheus.instance"}},
		"TwoCredentials": {"one of them", prometheusWith(`, "basic_auth": {"username": "u"}, "bearer": {"token": "t"}`), []string{"prometheus.bearer"}},
	}
	def, err := Definition()
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, err := def.Open(t.Context(), json.RawMessage(tc.config))
			e, ok := errors.AsType[*protocol.Error](err)
			if !ok || e.Code != protocol.InvalidArgument || s != nil {
				t.Fatalf("%s: Open = %v, %v, want InvalidArgument", tc.reason, s, err)
			}
			var got []string
			for _, f := range e.Fields {
				got = append(got, f.Path)
				if f.Message == "" {
					t.Errorf("nothing is said of %s", f.Path)
				}
			}
			if diff := cmp.Diff(tc.want, got, cmpopts.SortSlices(strings.Compare)); diff != "" {
				t.Errorf("%s: -want +got:\n%s\n%v", tc.reason, diff, err)
			}
		})
	}
}

// TestConfigErrorsKeepSecrets puts a secret wherever one can be, next to
// everything that can be wrong with it.
func TestConfigErrorsKeepSecrets(t *testing.T) {
	const secret = "hunter2%zz"
	def, err := Definition()
	if err != nil {
		t.Fatal(err)
	}
	for i, config := range []string{
		`{"pd": {"endpoints": ["http://u:` + secret + `@a:2379/x?y"]}}`,
		`{"pd": {"endpoints": ["http://u:` + secret + `@a:99999"]}}`,
		`{"pd": {"endpoints": [{"x": "` + secret + `"}]}}`,
		`{"pd": {"endpoints": ["http://a"]}, "prometheus": {"url": "http://u:` + secret + `@p", "bearer": {"token": "` + secret + `", "token_file": "x"}}}`,
		`{"pd": {"endpoints": ["http://a"]}, "prometheus": {"url": "http://p", "basic_auth": {"username": "u", "password": "` + secret + `", "password_file": "x"}}}`,
		`{"pd": {"endpoints": ["http://a"]}, "prometheus": {"url": "http://p", "bearer": {"token": ["` + secret + `"]}}, "list_size": "x"}`,
	} {
		_, err := def.Open(t.Context(), json.RawMessage(config))
		if err == nil {
			t.Errorf("%d: a wrong configuration was accepted", i)
			continue
		}
		if said := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(said, "hunter2") {
			t.Errorf("%d: the secret is in the error: %s", i, said)
		}
	}
}
