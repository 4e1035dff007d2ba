package ratelimiter

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	s := open(t, `{"management": {"urls": ["http://a:8080"]}, "redis": {"url": "redis://b"}, "prometheus": {"url": "http://c"}}`)
	second := kit.Duration(time.Second)
	want := Config{
		Management: Management{URLs: []string{"http://a:8080"}, Timeout: 2 * second},
		Redis: &Redis{
			URL: "redis://b", Prefix: "ratelimit:", Timeout: second,
			Budget: Budget{Time: second / 5}, Sweep: Sweep{Chains: 1},
		},
		Prometheus: &Prometheus{
			Prometheus: section.Prometheus{URL: "http://c", Timeout: 2 * second, RateWindow: 60 * second},
			Labels:     Labels{Node: "node_id", Key: "key", Instance: "instance", Result: "result"},
		},
		Health: Health{Timeout: second},
		Invariants: Invariants{
			NodeDown:              kit.Rule{Severity: "critical"},
			NodeUnreachable:       kit.Rule{Severity: "critical"},
			ManagementUnavailable: kit.Rule{Severity: "critical"},
			RedisDisconnected:     kit.Rule{Severity: "critical"},
			MetricsUnavailable:    kit.Rule{Severity: "warning", Grace: 60 * second},
			HighLatency:           Latency{Rule: kit.Rule{Severity: "warning", Grace: 60 * second}, ThresholdMS: 100},
			OverLimit:             kit.Rule{Severity: "warning"},
			GhostAllowing:         Ghost{Rule: kit.Rule{Severity: "critical"}, Tolerance: 1, Slack: 5},
			CounterDrift:          Drift{Rule: kit.Rule{Severity: "warning", Grace: 30 * second}, Threshold: 5},
			StaleCounter:          kit.Rule{Severity: "warning"},
		},
		ListSize:      100,
		MaxStateBytes: 5 << 18,
	}
	// cmp would show a Secret as String does, the same for any.
	secrets := cmp.Comparer(func(a, b kit.Secret) bool { return string(a) == string(b) })
	if diff := cmp.Diff(want, s.cfg, secrets); diff != "" {
		t.Errorf("defaults: -want +got:\n%s", diff)
	}
}

func TestConfigOfPartOfASection(t *testing.T) {
	s := open(t, `{
		"management": {"urls": ["http://a:8080"]},
		"redis": {"addresses": ["b:1", "c:2"], "budget": {"keys": 7}},
		"prometheus": {"url": "http://c", "labels": {"node": "pod"}},
		"invariants": {"node_down": {"grace": "10s"}, "ghost_allowing": {"slack": 0}}
	}`)
	got := []any{
		s.cfg.Redis.Timeout.Std(), s.cfg.Redis.Budget.Time.Std(), s.cfg.Redis.Budget.Keys,
		s.cfg.Prometheus.Labels.Node, s.cfg.Prometheus.Labels.Key,
		s.cfg.Invariants.GhostAllowing.Slack, s.cfg.Invariants.GhostAllowing.Tolerance,
	}
	want := []any{time.Second, 200 * time.Millisecond, 7, "pod", "key", 0.0, 1.0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what a section leaves out keeps its default, and 0 is a value: -want +got:\n%s", diff)
	}
	inv, _ := s.Definition().Invariant(nodeDown)
	if inv.Grace != 10*time.Second || inv.Severity != protocol.Critical {
		t.Errorf("the definition in force is %+v, want the configured grace period and the declared severity", inv)
	}
	if same := open(t, everything); same.cfg.Invariants.NodeDown.Grace != 0 {
		t.Error("one subject's configuration changed another's defaults")
	}
}

func TestSystemsLeftOut(t *testing.T) {
	for name, config := range map[string]string{
		"Absent": `{"management": {"urls": ["http://a:8080"]}}`,
		"Null":   `{"management": {"urls": ["http://a:8080"]}, "redis": null, "prometheus": null}`,
	} {
		t.Run(name, func(t *testing.T) {
			if s := open(t, config); s.clients.redis != nil || s.clients.prometheus != nil {
				t.Error("a client was made of a section that is not there")
			}
		})
	}
}

func TestWrongConfig(t *testing.T) {
	redisWith := func(fields string) string {
		return `{"management": {"urls": ["http://a"]}, "redis": {` + fields + `}}`
	}
	prometheusWith := func(fields string) string {
		return `{"management": {"urls": ["http://a"]}, "prometheus": {"url": "http://p"` + fields + `}}`
	}
	cases := map[string]struct {
		reason string
		config string
		want   []string // paths, sorted
	}{
		"Nothing":      {"management is required", ``, []string{"management"}},
		"NotJSON":      {"no document, no field", `{`, []string{""}},
		"NoURLs":       {"a limiter without endpoints", `{"management": {"urls": []}}`, []string{"management.urls"}},
		"UnknownField": {"a typo is not ignored", `{"management": {"urls": ["http://a"], "url": "x"}, "redsi": {}}`, []string{"management.url", "redsi"}},
		"AllAtOnceBySchema": {
			"every field that the schema refuses",
			`{"management": {"urls": [""], "timeout": "2"}, "redis": {"db": -1, "budget": {"keys": 0}}, "list_size": 0, "max_state_bytes": 1, "nodes": {"expected": ["node-1", "node-2", "node-1"]},
			  "invariants": {"node_down": {"severity": "bad", "grace": 5}, "high_latency": {"threshold_ms": 0}}}`,
			[]string{
				"invariants.high_latency.threshold_ms", "invariants.node_down.grace", "invariants.node_down.severity", "list_size",
				"management.timeout", "management.urls[0]", "max_state_bytes", "nodes.expected", "redis.budget.keys", "redis.db",
			},
		},
		"AllAtOnceBeyondIt": {
			"every field that only the clients refuse",
			`{"management": {"urls": ["http://a", "ftp://b", "c:8080"], "timeout": "0s"}, "health": {"timeout": "0s"},
			  "redis": {"url": "http://r", "timeout": "0s", "budget": {"time": "0s"}},
			  "prometheus": {"url": "p:9090", "timeout": "0s", "rate_window": "0s", "labels": {"node": "9", "key": "a b", "instance": "le", "result": ""}}}`,
			[]string{
				"health.timeout", "management.timeout", "management.urls[1]", "management.urls[2]",
				"prometheus.labels.instance", "prometheus.labels.key", "prometheus.labels.node", "prometheus.rate_window", "prometheus.timeout", "prometheus.url",
				"redis.budget.time", "redis.timeout", "redis.url",
			},
		},
		"TooLong":            {"292 years", `{"management": {"urls": ["http://a"], "timeout": "99999999h"}, "nodes": {"forget_after": "99999999h"}}`, []string{"management.timeout", "nodes.forget_after"}},
		"RedisNowhere":       {"neither", redisWith(``), []string{"redis.url"}},
		"RedisTwice":         {"both", redisWith(`"url": "redis://a", "addresses": ["b:1"]`), []string{"redis.addresses"}},
		"RedisAddresses":     {"each by its index", redisWith(`"addresses": ["a:1", "b", "c:0"]`), []string{"redis.addresses[1]", "redis.addresses[2]"}},
		"ClusterOfSentinels": {"a Cluster has none", redisWith(`"addresses": ["a:1"], "cluster": true, "master_name": "m"`), []string{"redis.master_name"}},
		"SocketOfCluster":    {"a socket is one server", redisWith(`"url": "unix:///s", "cluster": true, "master_name": "m"`), []string{"redis.cluster", "redis.master_name", "redis.master_name"}},
		"ClusterDB":          {"0 only", redisWith(`"addresses": ["a:1", "b:1"], "db": 2`), []string{"redis.db"}},
		"ClusterDBByURL":     {"0 only, wherever it is given", redisWith(`"url": "redis://a/2", "cluster": true`), []string{"redis"}},
		"UserOnly":           {"no password", redisWith(`"url": "redis://a", "username": "u"`), []string{"redis.password"}},
		"SentinelAuth":       {"no Sentinels", redisWith(`"url": "redis://a", "sentinel_username": "u", "sentinel_password": "p"`), []string{"redis.sentinel_password", "redis.sentinel_username"}},
		"RedisTLS":           {"files are read", redisWith(`"url": "rediss://a", "tls": {"ca_file": "/does/not/exist"}`), []string{"redis.tls"}},
		"RateWindow":         {"milliseconds are the finest range", prometheusWith(`, "rate_window": "1us"`), []string{"prometheus.rate_window"}},
		"SameLabel":          {"key and result are two", prometheusWith(`, "labels": {"key": "x", "result": "x"}`), []string{"prometheus.labels.result"}},
		"Match":              {"names and values", prometheusWith(`, "match": {"a b": "x", "le": "x", "ok": ""}`), []string{"prometheus.match", "prometheus.match", "prometheus.match"}},
		"PasswordTwice":      {"one of them", prometheusWith(`, "basic_auth": {"username": "u", "password": "p", "password_file": "f"}`), []string{"prometheus.basic_auth.password_file"}},
		"TwoCredentials":     {"one of them", prometheusWith(`, "basic_auth": {"username": "u"}, "bearer": {"token": "t"}`), []string{"prometheus.bearer"}},
		"NoToken":            {"an empty section", prometheusWith(`, "bearer": {}`), []string{"prometheus.bearer"}},
		"TokenTwice":         {"one of them", prometheusWith(`, "bearer": {"token": "t", "token_file": "f"}`), []string{"prometheus.bearer"}},
		"PrometheusTLS":      {"files are read", prometheusWith(`, "tls": {"cert_file": "/does/not/exist", "key_file": "/neither"}`), []string{"prometheus.tls"}},
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
	quoted := func(format string) string {
		text, err := json.Marshal(fmt.Sprintf(format, secret))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	def, err := Definition()
	if err != nil {
		t.Fatal(err)
	}
	configs := []string{
		`{"management": {"urls": [` + quoted("http://u:%s@a:8080/x?y") + `]}}`,
		`{"management": {"urls": [` + quoted("http://u:%s@a:99999") + `]}}`,
		`{"management": {"urls": ["http://a"]}, "redis": {"url": ` + quoted("redis://u:%s@h:99999/x") + `}}`,
		`{"management": {"urls": ["http://a"]}, "redis": {"url": ` + quoted("http://u:%s@h") + `}}`,
		`{"management": {"urls": ["http://a"]}, "redis": {"addresses": [` + quoted("u:%s@h:1") + `]}}`,
		`{"management": {"urls": ["http://a"]}, "redis": {"password": ` + quoted("%s") + `, "sentinel_password": ` + quoted("%s") + `}}`,
		`{"management": {"urls": ["http://a"]}, "redis": {"url": {"x": ` + quoted("%s") + `}, "password": [` + quoted("%s") + `]}}`,
		`{"management": {"urls": ["http://a"]}, "prometheus": {"url": ` + quoted("http://u:%s@p") + `, "bearer": {"token": ` + quoted("%s") + `, "token_file": "x"}}}`,
		`{"management": {"urls": ["http://a"]}, "prometheus": {"url": "http://p", "basic_auth": {"username": "u", "password": ` + quoted("%s") + `, "password_file": "x"}}}`,
		`{"management": {"urls": ["http://a"]}, "prometheus": {"url": "http://p", "bearer": {"token": ` + quoted("%s\n") + `}}, "list_size": "x"}`,
	}
	for i, config := range configs {
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

func TestTLSFromFiles(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "not-a-certificate.pem")
	if err := os.WriteFile(file, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	def, err := Definition()
	if err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(map[string]any{
		"management": map[string]any{"urls": []string{"http://a"}},
		"redis":      map[string]any{"url": "rediss://a", "tls": map[string]any{"ca_file": file}},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = def.Open(t.Context(), config)
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok || !slices.ContainsFunc(e.Fields, func(f protocol.FieldError) bool { return f.Path == "redis.tls" }) {
		t.Errorf("Open with a CA file that holds none = %v, want redis.tls named", err)
	}
}
