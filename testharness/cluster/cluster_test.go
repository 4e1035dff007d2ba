//go:build unix

package cluster_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/clustertest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
)

func TestAWholeCluster(t *testing.T) {
	t.Parallel() // with the other one that waits for a Prometheus
	c := cluster.New(t, cluster.Options{NodeBinary: binary(t)})

	want := map[string]string{}
	for _, n := range c.Nodes() {
		want[n.ID()] = n.Address()
	}
	if len(want) != 3 || want["node-2"] != c.Node(1).Address() {
		t.Fatalf("nodes = %v", want)
	}
	for _, n := range c.Nodes() {
		if got, err := registered(t, n); err != nil || !maps.Equal(want, got) {
			t.Errorf("%s lists %v, %v; want %v", n.ID(), got, err, want)
		}
	}
	var limits map[string]int
	if _, err := clustertest.Call(t, http.MethodGet, c.ManagementURLs()[2]+"/api/limits", "", &limits); err != nil || limits["default_limit"] != 100 {
		t.Errorf("limits = %v, %v", limits, err)
	}

	load, err := c.Load(t.Context(), cluster.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	hostileKeysAreScraped(t, c)
	// A scrape may have come before the load's first check.
	clustertest.Until(t, "the load to have begun", func() (bool, error) { return load.Stats().Allowed > 0, nil })
	if stats := load.Stop(); stats.Allowed == 0 || stats.Blocked+stats.Failed+stats.Skipped != 0 {
		t.Errorf("the load did %+v, want it healthy", stats)
	}
	prometheusComesBack(t, c)
	everythingEnds(t, c)
}

// hostileKeysAreScraped: one bad label value would fail the whole scrape.
func hostileKeysAreScraped(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	keys := []string{`a"b\c`, "a\nb\r", "nul\x00", "\x1b[31m", `"} or vector(1) #`, "\u202e\ufffd", "ключ", strings.Repeat("k", 1024)}
	for _, key := range keys {
		body, _ := json.Marshal(map[string]string{"key": key}) // a map of strings has JSON
		if status, err := clustertest.Call(t, http.MethodPost, c.Node(0).URL()+"/check", string(body), nil); err != nil || status != http.StatusOK {
			t.Fatalf("check %q: %d, %v", key, status, err)
		}
	}
	clustertest.Until(t, "every key to be in Prometheus", func() (bool, error) {
		got, err := query(t, c, `sum by (key, node_id) (ratelimiter_requests_checked_total{job="ratelimiter",result="allowed",node_id="node-1"})`)
		for _, key := range keys {
			labels, _ := json.Marshal(map[string]string{"key": key, "node_id": "node-1"}) // a map of strings has JSON
			if got[string(labels)] != 1 {
				return false, err
			}
		}
		return true, err
	})
	if got, err := query(t, c, `sum(up{job="ratelimiter"})`); err != nil || got["{}"] != 3 {
		t.Errorf("%v nodes are scraped, %v; want 3", got, err)
	}
}

func prometheusComesBack(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	p := c.Prometheus()
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := query(t, c, "up"); err == nil {
		t.Error("a killed Prometheus answers")
	}
	if err := p.Restart(clustertest.Within(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := query(t, c, "up"); err != nil {
		t.Errorf("after the restart: %v", err)
	}
	if err := p.Hang(); err != nil {
		t.Error(err)
	}
	// Left hung: Close must cope.
}

func everythingEnds(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	pids := map[string]int{"redis": c.Redis().PID(), "prometheus": c.Prometheus().PID()}
	for _, n := range c.Nodes() {
		pids[n.ID()] = n.PID()
	}
	for range 2 {
		if err := c.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	for name, pid := range pids {
		if clustertest.Alive(pid) {
			t.Errorf("%s, process %d, is alive", name, pid)
		}
	}
	if exists(c.Dir()) {
		t.Errorf("%s is still there", c.Dir())
	}
	if err := c.Node(0).Restart(clustertest.Within(t)); err == nil {
		t.Error("a node of a closed cluster starts again")
	}
	if _, err := c.Load(t.Context(), cluster.LoadOptions{}); err == nil {
		t.Error("a closed cluster takes load")
	}
}

func TestOptionsReachTheNodes(t *testing.T) {
	o := fast(t)
	o.Nodes, o.NodeLabels, o.KeyLabels, o.DefaultWindow = 1, new(false), new(false), 30*time.Second
	o.NodeArgs = []string{"--default-limit=7"}
	t.Setenv("RATELIMITERD_FAIL_OPEN", "perhaps") // not for nodes of a cluster
	c := cluster.New(t, o)
	var limits map[string]int
	if _, err := clustertest.Call(t, http.MethodGet, c.ManagementURLs()[0]+"/api/limits", "", &limits); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"default_limit": 7, "default_window_ms": 30_000}, limits); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
	if _, err := clustertest.Call(t, http.MethodPost, c.Node(0).URL()+"/check", `{"key":"k"}`, nil); err != nil {
		t.Fatal(err)
	}
	var metrics string
	_, err := clustertest.Call(t, http.MethodGet, c.Node(0).URL()+"/metrics", "", &metrics)
	if err != nil || !strings.Contains(metrics, "\nratelimiter_requests_checked_total{result=\"allowed\"} 1\n") {
		t.Errorf("no count without labels, %v, in\n%s", err, metrics)
	}
	if c.Prometheus() != nil || c.PrometheusURL() != "" {
		t.Errorf("there is a Prometheus at %q", c.PrometheusURL())
	}
}

func TestADirectoryThatIsKept(t *testing.T) {
	o := fast(t)
	o.Nodes, o.Dir = 1, filepath.Join(t.TempDir(), "evidence")
	c := cluster.New(t, o)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"redis.log", "node-1.log"} {
		log, err := os.ReadFile(filepath.Join(o.Dir, name))
		if err != nil || len(log) == 0 {
			t.Errorf("%s: %d bytes, %v", name, len(log), err)
		}
	}
}

func TestStartRefuses(t *testing.T) {
	node := binary(t)
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	cases := map[string]struct {
		reason  string
		options cluster.Options
		env     map[string]string
		want    string
	}{
		"TooManyNodes":   {"A machine has its bounds.", cluster.Options{Nodes: 101}, nil, "Nodes: want 1 to 100"},
		"NegativeLimit":  {"A limit is not negative.", cluster.Options{DefaultLimit: -1}, nil, "DefaultLimit"},
		"ScrapeTooOften": {"Prometheus has its own.", cluster.Options{ScrapeInterval: 1}, nil, "ScrapeInterval"},
		"NoNode":         {"The error says how to get one.", cluster.Options{}, map[string]string{"PATH": tmp}, "make build"},
		"NoRedis":        {"The same for a server.", cluster.Options{NodeBinary: node}, map[string]string{"PATH": tmp, "REDIS_SERVER": ""}, "make setup"},
		"WrongRedis":     {"Who names one wants no other, not even where an imitation would do.", cluster.Options{NodeBinary: node, AllowEmbeddedRedis: true}, map[string]string{"REDIS_SERVER": "/none"}, `REDIS_SERVER="/none"`},
		"NoPrometheus":   {"It is missed when it is needed.", cluster.Options{NodeBinary: node}, map[string]string{"PROMETHEUS": "/none"}, `PROMETHEUS="/none"`},
		"NodeFails":      {"A node's last words are in the error.", cluster.Options{NodeBinary: node, NodeArgs: []string{"--default-limit=x"}}, nil, "node-"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			refused := clustertest.Refused{Reason: tc.reason, Env: tc.env, Want: tc.want, Left: filepath.Join(tmp, "ratelimiter-cluster-*")}
			refused.Check(t, func(ctx context.Context) (io.Closer, error) { return cluster.Start(ctx, tc.options) })
		})
	}
}

func TestEmbeddedRedis(t *testing.T) {
	var log strings.Builder
	o := fast(t)
	o.Nodes, o.AllowEmbeddedRedis, o.Log = 1, true, textLog(&log)
	t.Setenv("PATH", t.TempDir())
	t.Setenv("REDIS_SERVER", "")
	c := cluster.New(t, o)
	if !c.EmbeddedRedis() || !strings.Contains(log.String(), "level=WARN msg=\"an EMBEDDED IMITATION") {
		t.Errorf("embedded = %t, log = %s", c.EmbeddedRedis(), &log)
	}
	for name, fault := range map[string]func() error{"Kill": c.Redis().Kill, "Hang": c.Redis().Hang, "Resume": c.Redis().Resume} {
		if err := fault(); err == nil || !strings.Contains(err.Error(), "embedded") {
			t.Errorf("%s = %v, want that it cannot be done", name, err)
		}
	}
	if c.Redis().State() != process.Running {
		t.Errorf("state = %s", c.Redis().State())
	}
	for i, want := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
		got, err := clustertest.Call(t, http.MethodPost, c.Node(0).URL()+"/check", `{"key":"k","limit":2,"window_ms":1000}`, nil)
		if err != nil || got != want {
			t.Errorf("check %d: %d, %v; want %d", i+1, got, err, want)
		}
	}
	clustertest.Until(t, "the counter to expire", func() (bool, error) {
		var list struct{ Counters []any }
		_, err := clustertest.Call(t, http.MethodGet, c.Node(0).URL()+"/api/counters", "", &list)
		return len(list.Counters) == 0, err
	})
}
