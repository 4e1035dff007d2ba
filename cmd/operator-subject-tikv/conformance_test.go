//go:build conformance

package main

import (
	"encoding/json"
	"fmt"
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
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/tikv"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/tikvcluster"
)

// simulation has the programs of the cluster.
var simulation tikvcluster.Build

func TestMain(m *testing.M) {
	plugintest.BecomeHost()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { os.Exit(simulation.Exit(code)) }))
}

// TestConformance has the subject keep every promise of the contract on a
// cluster of processes: called in this process, over the wire, and as the plugin
// that hosts start. Each way has a system of its own, which it may change.
func TestConformance(t *testing.T) {
	t.Parallel()
	def, err := tikv.Definition()
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
	path := filepath.Join(t.TempDir(), "operator-subject-tikv")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// token is the subject's, which no answer may repeat.
const token = "conformance-hunter2"

// suite is how the subject is tried.
func (s *system) suite(t *testing.T) subjecttest.Suite {
	t.Helper()
	var listen net.ListenConfig
	silent, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0") // which nobody accepts from
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	hang := "http://" + silent.Addr().String()
	good := config(s.PDURLs()[0], s.PrometheusURL())
	wrong := func(name, from, to string, paths ...string) subjecttest.WrongConfig {
		return subjecttest.WrongConfig{Name: name, Config: json.RawMessage(strings.Replace(string(good), from, to, 1)), Paths: paths}
	}
	follower := s.home.stores[1]
	params := func(format string, args ...any) json.RawMessage { return json.RawMessage(fmt.Sprintf(format, args...)) }
	return subjecttest.Suite{
		Config: good,
		Down:   config("http://127.0.0.1:1", "http://127.0.0.1:2"),
		Hang:   config(hang, hang),
		Wrong: []subjecttest.WrongConfig{
			wrong("no HTTP", `"endpoints":["http:`, `"endpoints":["ftp:`, "pd.endpoints[0]"),
			wrong("a store twice", `["1","2"]`, `["1","1"]`, "stores.expected[1]"),
			wrong("a store that is to be there and to go", `["1","2"]`, `["1","9"]`, "stores.expected[1]"),
			wrong("no time for PD", `"timeout":"5s"`, `"timeout":"0s"`, "pd.timeout"),
			wrong("two credentials", `"bearer"`, `"basic_auth":{"username":"u"},"bearer"`, "prometheus.bearer"),
			wrong("a label of another meaning", `"instance":"instance"`, `"instance":"type"`, "prometheus.instance"),
		},
		Actions: map[string]subjecttest.Example{
			"transfer_leader":       {Params: params(`{"region_id":"%d","to_store_id":"%d"}`, region, follower), Before: s.reset},
			"transfer_peer":         {Params: params(`{"region_id":"%d","from_store_id":"%d","to_store_id":"%d"}`, region, follower, s.away), Before: s.reset},
			"evict_leaders":         {Params: params(`{"store_id":"%d"}`, s.away), Before: s.reset},
			"stop_evicting_leaders": {Params: params(`{"store_id":"%d"}`, s.away), Before: s.evict},
		},
		Probe: s.probe,
		// The machine may be busy with other things.
		Timeout: 2 * time.Minute, Slack: 10 * time.Second, Patience: 30 * time.Second,
	}
}

// config sets something of every section.
func config(pd, prometheus string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{
		"pd": {"endpoints":[%q],"timeout":"5s"},
		"prometheus": {"url":%q,"rate_window":"5s","instance":"instance","bearer":{"token":%q}},
		"stores": {"expected":["1","2"],"removing":["9"],"forget_after":"1h"},
		"invariants": {"store_down":{"severity":"warning","grace":"10s"},"low_disk_space":{"threshold":0.5}},
		"list_size": 50
	}`, pd, prometheus, token))
}
