//go:build unix

package tikvcluster_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/clustertest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/tikvcluster"
)

func TestMetricsInPrometheus(t *testing.T) {
	t.Parallel() // it waits for a Prometheus
	c := tikvcluster.New(t, tikvcluster.Options{Programs: programs(t)})
	const p99 = `histogram_quantile(0.99, sum by (instance, le) (rate(tikv_grpc_msg_duration_seconds_bucket[5s])))`
	for name, tc := range map[string]struct {
		promQL string
		good   func(float64) bool
	}{
		"qps":      {`sum by (instance) (rate(tikv_storage_command_total[10s]))`, func(v float64) bool { return v > 10 }},
		"p99":      {p99, func(v float64) bool { return v > 0.001 && v < 0.1 }},
		"capacity": {`tikv_store_size_bytes{type="capacity"}`, func(v float64) bool { return v == 1<<40 }},
		"used":     {`tikv_store_size_bytes{type="used"} / ignoring(type) tikv_store_size_bytes{type="capacity"}`, func(v float64) bool { return v > 0.09 && v < 0.11 }},
		"cpu":      {`rate(process_cpu_seconds_total{job="tikv"}[10s])`, func(v float64) bool { return v >= 0 }},
	} {
		clustertest.Until(t, name+" of every store", func() (bool, error) {
			values, err := query(t, c, tc.promQL)
			return everywhere(c, values, tc.good), err
		})
	}

	must(t, c.Store(2).Behave(clustertest.Within(t), tikvcluster.Behaviour{LatencySeconds: new(0.5), UsedRatio: new(0.9)}))
	clustertest.Until(t, "the slow, full store to show", func() (bool, error) {
		slow, err := query(t, c, p99+" > 0.1")
		if err != nil {
			return false, err
		}
		full, err := query(t, c, `tikv_store_size_bytes{type="used"} > 9e11`)
		_, isSlow := slow[c.Store(2).Address()]
		_, isFull := full[c.Store(2).Address()]
		return isSlow && isFull && len(slow) == 1 && len(full) == 1, err
	})
	if err := c.Store(2).Behave(clustertest.Within(t), tikvcluster.Behaviour{UsedRatio: new(1.5)}); err == nil {
		t.Error("a disk is fuller than full")
	}
	must(t, c.Prometheus().Hang()) // Close must cope
}

func TestLifeOfAStore(t *testing.T) {
	t.Parallel()
	c := tikvcluster.New(t, tikvcluster.Options{Programs: programs(t), WithoutPrometheus: true})
	const dead, evicted, drained = 2, 3, 4

	// Killed, it is Disconnected, and others lead what it led.
	must(t, c.Store(dead-1).Kill())
	becomes(t, c, dead, "Disconnected")
	leads(t, c, dead, "nothing", func(n int) bool { return n == 0 })
	clustertest.Until(t, "its peers to be down", func() (bool, error) {
		var list struct{ Count int }
		_, err := call(t, c, http.MethodGet, "/regions/check/down-peer", "", &list)
		return list.Count > 30, err
	})

	// Evicted, another one leads nothing either, and that survives PD's death.
	if status, err := call(t, c, http.MethodPost, "/schedulers", `{"name":"evict-leader-scheduler","store_id":3}`, nil); status != http.StatusOK {
		t.Fatalf("evict: %d, %v", status, err)
	}
	leads(t, c, evicted, "nothing", func(n int) bool { return n == 0 })
	must(t, c.PD().Kill())
	must(t, c.PD().Restart(clustertest.Within(t)))
	becomes(t, c, evicted, "Up")
	becomes(t, c, dead, "Disconnected")
	leads(t, c, evicted, "nothing", func(n int) bool { return n == 0 })

	// Everything mends.
	must(t, c.Store(dead-1).Restart(clustertest.Within(t)))
	becomes(t, c, dead, "Up")
	if status, err := call(t, c, http.MethodDelete, "/schedulers/evict-leader-scheduler-3", "", nil); status != http.StatusOK {
		t.Fatalf("stop evicting: %d, %v", status, err)
	}
	for _, id := range []uint64{dead, evicted} {
		leads(t, c, id, "a fair share", func(n int) bool { return n >= 5 })
	}

	// A hung store is as silent as a dead one.
	must(t, c.Store(0).Hang())
	becomes(t, c, 1, "Disconnected")
	must(t, c.Store(0).Resume())
	becomes(t, c, 1, "Up")

	// Removed, it drains and becomes a tombstone.
	if status, err := call(t, c, http.MethodDelete, "/store/4", "", nil); status != http.StatusOK {
		t.Fatalf("remove: %d, %v", status, err)
	}
	becomes(t, c, drained, "Offline")
	becomes(t, c, drained, "Tombstone")
	if views, err := stores(t, c, ""); err != nil || len(views) != 3 {
		t.Errorf("%d stores are listed, %v; want 3 without the tombstone", len(views), err)
	}
}

func TestDownAndTroubleAndTheEnd(t *testing.T) {
	t.Parallel()
	o := tikvcluster.Options{
		Programs: programs(t), WithoutPrometheus: true, Stores: 3, Regions: 9,
		DisconnectAfter: 2 * time.Second, MaxStoreDownTime: 4 * time.Second, Dir: filepath.Join(t.TempDir(), "kept"),
	}
	c := tikvcluster.New(t, o)
	const region = 3 + 4 // the first one
	must(t, c.Trouble(clustertest.Within(t), region, sim.TroubleNoLeader))
	var r struct{ Leader struct{ ID uint64 } }
	if status, err := call(t, c, http.MethodGet, "/region/id/7", "", &r); err != nil || status != http.StatusOK || r.Leader.ID != 0 {
		t.Errorf("region: %d, leader %d, %v; want none", status, r.Leader.ID, err)
	}
	if err := c.Trouble(clustertest.Within(t), 1, sim.TroubleNoLeader); err == nil {
		t.Error("there is trouble with a region that does not exist")
	}

	must(t, c.Store(0).Kill())
	becomes(t, c, 1, "Down")
	// PD comes back with what it was told while it lived.
	if status, err := call(t, c, http.MethodPost, "/config/schedule", `{"max-store-down-time":"1h"}`, nil); status != http.StatusOK {
		t.Fatalf("configure: %d, %v", status, err)
	}
	must(t, c.PD().Restart(clustertest.Within(t)))
	becomes(t, c, 1, "Disconnected")

	must(t, c.Store(1).Hang())
	pids := []int{c.PD().PID()}
	for _, s := range c.Stores()[1:] {
		pids = append(pids, s.PID())
	}
	for range 2 {
		must(t, c.Close())
	}
	for _, pid := range pids {
		if clustertest.Alive(pid) {
			t.Errorf("process %d is alive", pid)
		}
	}
	if log, err := os.ReadFile(filepath.Join(o.Dir, "tikv-1.log")); err != nil || len(log) == 0 {
		t.Errorf("the log of a store has %d bytes, %v", len(log), err)
	}
	if err := c.Store(0).Restart(clustertest.Within(t)); err == nil {
		t.Error("a store of a closed cluster starts again")
	}
}

func TestStartRefuses(t *testing.T) {
	built, tmp := programs(t), t.TempDir()
	t.Setenv("TMPDIR", tmp)
	for name, tc := range map[string]struct {
		reason  string
		options tikvcluster.Options
		env     map[string]string
		want    string
	}{
		"TooMany":      {"A machine has its bounds.", tikvcluster.Options{Stores: 51}, nil, "Stores: want 1 to 50"},
		"ScrapeOften":  {"Prometheus has its own.", tikvcluster.Options{ScrapeInterval: 1}, nil, "ScrapeInterval"},
		"NoPrograms":   {"The error says how to get them.", tikvcluster.Options{}, map[string]string{"PATH": tmp}, "make build"},
		"NoPrometheus": {"It is missed when it is needed.", tikvcluster.Options{Programs: built, Stores: 1}, map[string]string{"PROMETHEUS": "/none"}, `PROMETHEUS="/none"`},
		"PDFails":      {"Its last words are in the error.", tikvcluster.Options{Programs: built, Regions: -1}, nil, "regions: want 1"},
		"StoreFails":   {"So are a store's.", tikvcluster.Options{Programs: built, StoreArgs: []string{"--used=2"}}, nil, "used: want 0 to 1"},
	} {
		t.Run(name, func(t *testing.T) {
			refused := clustertest.Refused{Reason: tc.reason, Env: tc.env, Want: tc.want, Left: filepath.Join(tmp, "tikv-cluster-*")}
			refused.Check(t, func(ctx context.Context) (io.Closer, error) { return tikvcluster.Start(ctx, tc.options) })
		})
	}
}
