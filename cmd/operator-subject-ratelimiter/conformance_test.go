//go:build conformance

package main

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/plugintest"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
)

// node is the rate limiter's node that the test runs.
var node cluster.Build

func TestMain(m *testing.M) {
	plugintest.BecomeHost()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { os.Exit(node.Exit(code)) }))
}

// TestConformance has the subject keep every promise of the contract on a real
// rate limiter under load: called in this process, over the wire, and as the
// plugin that hosts start. Each way has a system of its own, which it may change.
func TestConformance(t *testing.T) {
	t.Parallel()
	def, err := ratelimiter.Definition()
	if err != nil {
		t.Fatal(err)
	}
	// First what takes longest.
	t.Run("binary", func(t *testing.T) {
		t.Parallel()
		suite, opts := start(t).suite(t), plugin.Options{Path: build(t), StartTimeout: 30 * time.Second}
		suite.Extra = plugintest.ProcessChecks(opts)
		opts.DisableMTLS = true // of hundreds of starts, the keys would take most
		suite.Start = plugintest.Binary(opts)
		subjecttest.Test(t, suite)
	})
	t.Run("in_memory", func(t *testing.T) {
		t.Parallel()
		suite := start(t).suite(t)
		suite.Start = plugintest.InMemory(def)
		subjecttest.Test(t, suite)
	})
	t.Run("in_process", func(t *testing.T) {
		t.Parallel()
		suite := start(t).suite(t)
		suite.Start = subjecttest.InProcess(def)
		subjecttest.Test(t, suite)
	})
}

// build builds the plugin as users have it.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "operator-subject-ratelimiter")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// The credentials of the subject, which no answer may repeat.
const (
	user     = "conformance"
	password = "conformance-hunter2"
)

// suite is how the subject is tried.
func (s *system) suite(t *testing.T) subjecttest.Suite {
	t.Helper()
	var listen net.ListenConfig
	silent, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0") // which nobody accepts from
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	hang := silent.Addr().String()
	wrong := func(name, from, to string, paths ...string) subjecttest.WrongConfig {
		good := string(config(s.ManagementURLs(), s.RedisAddr(), s.PrometheusURL()))
		return subjecttest.WrongConfig{Name: name, Config: json.RawMessage(strings.Replace(good, from, to, 1)), Paths: paths}
	}
	return subjecttest.Suite{
		Config: config(s.ManagementURLs(), s.RedisAddr(), s.PrometheusURL()),
		Down:   config([]string{"http://127.0.0.1:1", "http://127.0.0.1:2"}, "127.0.0.1:3", "http://127.0.0.1:4"),
		Hang:   config([]string{"http://" + hang, "http://" + hang + "/other"}, hang, "http://"+hang),
		Wrong: []subjecttest.WrongConfig{
			wrong("no HTTP", `"http:`, `"ftp:`, "management.urls[0]"),
			wrong("two Redis", `"db":0`, `"addresses":["127.0.0.1:6379"]`, "redis.addresses"),
			wrong("a Cluster's database", `"db":0`, `"cluster":true,"db":1`, "redis.db"),
			wrong("a user without password", `"db":0`, `"db":0,"username":"u"`, "redis.password"),
			wrong("no time", `"management":{"timeout":"5s"`, `"management":{"timeout":"0s"`, "management.timeout"),
			wrong("no label", `"key":"key"`, `"key":"a key"`, "prometheus.labels.key"),
			wrong("one label for two things", `"key":"key"`, `"key":"result"`, "prometheus.labels.result"),
		},
		Actions: map[string]subjecttest.Example{
			"reset_counter": {Params: json.RawMessage(`{"key":"conformance"}`), Before: s.fill},
			"update_limit":  {Params: json.RawMessage(`{"key":"conformance","limit":7,"window_ms":600000}`), Before: s.fill},
		},
		Probe: s.probe,
		// The machine may be busy with other things.
		Timeout: 2 * time.Minute, Slack: 10 * time.Second, Patience: 30 * time.Second,
	}
}

// config sets every section.
func config(management []string, redis, prometheus string) json.RawMessage {
	doc, err := json.Marshal(map[string]any{
		"management": map[string]any{"urls": management, "timeout": "5s"},
		"redis": map[string]any{
			"url": "redis://" + user + ":" + password + "@" + redis, "db": 0,
			"timeout": "5s", "budget": map[string]any{"time": "1s", "keys": 10_000},
		},
		"prometheus": map[string]any{
			"url": prometheus, "timeout": "5s", "rate_window": "5s",
			"bearer": map[string]any{"token": password},
			"labels": map[string]any{"key": "key"},
		},
		"health": map[string]any{"timeout": "5s"},
		"nodes":  map[string]any{"expected": []string{"node-1", "node-2", "node-3"}, "forget_after": "1h"},
		"invariants": map[string]any{
			"node_down":      map[string]any{"severity": "warning", "grace": "10s"},
			"high_latency":   map[string]any{"threshold_ms": 60_000}, // by the second others are the slowest
			"ghost_allowing": map[string]any{"tolerance": 0.5, "slack": 10},
			"counter_drift":  map[string]any{"threshold": 1000, "severity": "info"},
		},
		"list_size": 50, "max_state_bytes": 100_000,
	})
	if err != nil {
		panic(err) // not reached: these are values of JSON
	}
	return doc
}
