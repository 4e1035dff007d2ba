//go:build unix

package cluster_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/clustertest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
)

func textLog(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

func TestFaultsAndTheirMending(t *testing.T) {
	c := cluster.New(t, fast(t))
	survivor, victim := c.Node(0), c.Node(1)
	listed := func(want int) func() (bool, error) {
		return func() (bool, error) {
			ids, err := registered(t, survivor)
			return len(ids) == want, err
		}
	}

	if err := victim.Kill(); err != nil {
		t.Fatal(err)
	}
	if victim.State() != process.Exited {
		t.Errorf("state = %s", victim.State())
	}
	clustertest.Until(t, "the dead node's registration to expire", listed(2))
	if err := victim.Restart(clustertest.Within(t)); err != nil {
		t.Fatal(err)
	}
	clustertest.Until(t, "the node to be back", listed(3))
	if ids, err := registered(t, survivor); err != nil || ids["node-2"] != victim.Address() {
		t.Errorf("registered %v, %v; want node-2 at its old address %s", ids, err, victim.Address())
	}

	if err := victim.Hang(); err != nil {
		t.Fatal(err)
	}
	clustertest.Until(t, "the hung node's registration to expire", listed(2))
	if err := victim.Resume(); err != nil {
		t.Fatal(err)
	}
	clustertest.Until(t, "the node to be back after a pause", listed(3))

	status := func(want int) func() (bool, error) {
		return func() (bool, error) {
			got, err := clustertest.Call(t, http.MethodGet, survivor.URL()+"/api/counters", "", nil)
			return got == want, err
		}
	}
	redis := c.Redis()
	if err := redis.Kill(); err != nil {
		t.Fatal(err)
	}
	clustertest.Until(t, "the node to notice that Redis is dead", status(http.StatusServiceUnavailable))
	if err := redis.Restart(clustertest.Within(t)); err != nil {
		t.Fatal(err)
	}
	clustertest.Until(t, "the node to find Redis again", status(http.StatusOK))
	clustertest.Until(t, "the nodes to register in the empty Redis", listed(3))
	if err := redis.Hang(); err != nil {
		t.Fatal(err)
	}
	clustertest.Until(t, "the node to notice that Redis hangs", status(http.StatusServiceUnavailable))
	if err := redis.Resume(); err != nil {
		t.Fatal(err)
	}
	clustertest.Until(t, "the node to find Redis again", status(http.StatusOK))

	if err := victim.Terminate(10 * time.Second); err != nil || victim.State() != process.Exited {
		t.Errorf("Terminate = %v, state %s", err, victim.State())
	}
	if ids, err := registered(t, survivor); err != nil || ids["node-2"] != "" {
		t.Errorf("registered %v, %v; want node-2 to have taken its registration with it", ids, err)
	}
}

func TestInjectedRequests(t *testing.T) {
	c := cluster.New(t, fast(t))
	for range 2 {
		if err := c.InjectRequests(t.Context(), "k", 8); err != nil {
			t.Fatal(err)
		}
	}
	var list struct {
		Blocked []struct {
			Key          string
			CurrentCount int `json:"current_count"`
		}
	}
	if _, err := clustertest.Call(t, http.MethodGet, c.Node(2).URL()+"/api/blocks", "", &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Blocked) != 1 || list.Blocked[0].CurrentCount != 16 {
		t.Errorf("blocked = %+v, want k at 16 of 10", list.Blocked)
	}
	if status, err := clustertest.Call(t, http.MethodPost, c.Node(0).URL()+"/check", `{"key":"k"}`, nil); err != nil || status != http.StatusTooManyRequests {
		t.Errorf("check: %d, %v", status, err)
	}
}

// fakeTB is a test that has failed.
type fakeTB struct {
	*testing.T
	dir      string
	cleanups []func()
	said     strings.Builder
}

func (f *fakeTB) Failed() bool                    { return true }
func (f *fakeTB) Cleanup(g func())                { f.cleanups = append(f.cleanups, g) }
func (f *fakeTB) ArtifactDir() string             { return f.dir }
func (f *fakeTB) Logf(format string, args ...any) { fmt.Fprintf(&f.said, format+"\n", args...) }
func (f *fakeTB) Fatalf(format string, args ...any) {
	fmt.Fprintf(&f.said, "FATAL "+format+"\n", args...)
}

func TestAFailedTestKeepsEvidence(t *testing.T) {
	o := fast(t)
	o.Nodes = 1
	f := &fakeTB{T: t, dir: t.TempDir()}
	c := cluster.New(f, o)
	pid := c.Node(0).PID()
	for _, cleanup := range f.cleanups {
		cleanup()
	}
	if !strings.Contains(f.said.String(), "the last output of node-1 (running)") || !strings.Contains(f.said.String(), "msg=ready") {
		t.Errorf("the test says %s", &f.said)
	}
	if log, err := os.ReadFile(filepath.Join(f.dir, "node-1.log")); err != nil || len(log) == 0 {
		t.Errorf("%d bytes are kept, %v", len(log), err)
	}
	if clustertest.Alive(pid) {
		t.Error("the node is alive after the test's end")
	}
}

func TestNewFailsTheTest(t *testing.T) {
	f := &fakeTB{T: t}
	if c := cluster.New(f, cluster.Options{Nodes: -1}); c != nil || !strings.Contains(f.said.String(), "FATAL start a cluster: Nodes") {
		t.Errorf("New = %v, and the test says %s", c, &f.said)
	}
}
