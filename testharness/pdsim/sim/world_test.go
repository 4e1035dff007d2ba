package sim_test

import (
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
)

// world is a cluster with its stores, in a bubble of synctest. Those in silent
// do not heartbeat.
type world struct {
	*sim.Cluster

	t      *testing.T
	stores uint64
	silent map[uint64]bool
}

// settings are the defaults for a number of stores.
func settings(stores int) sim.Settings {
	s := sim.Defaults()
	s.BootstrapStores = stores
	return s
}

// newWorld makes a cluster and lets its stores heartbeat once.
func newWorld(t *testing.T, stores int, saved []byte) *world {
	t.Helper()
	c, err := sim.New(settings(stores), saved)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Cluster: c, t: t, stores: uint64(stores), silent: map[uint64]bool{}}
	w.beat()
	return w
}

func (w *world) beat() {
	w.t.Helper()
	for id := uint64(1); id <= w.stores; id++ {
		if w.silent[id] {
			continue
		}
		if _, err := w.Heartbeat(report(id)); err != nil {
			w.t.Fatal(err)
		}
	}
}

func report(id uint64) sim.Report {
	return sim.Report{StoreID: id, Address: "tikv-" + string(rune('0'+id)), Version: "v8.5.2", Capacity: 1 << 40, Available: 1 << 39, Used: 1 << 39}
}

// pass lets time pass: stores heartbeat every second, PD looks ten times.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); {
		for range 10 {
			time.Sleep(100 * time.Millisecond)
			w.Step()
		}
		w.beat()
	}
}

func (w *world) store(id uint64) sim.StoreView {
	w.t.Helper()
	v, err := w.Store(id)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) states() map[uint64]string {
	w.t.Helper()
	views, err := w.Stores()
	if err != nil {
		w.t.Fatal(err)
	}
	states := map[uint64]string{}
	for _, v := range views {
		states[v.ID] = v.State
	}
	return states
}

func (w *world) region(id uint64) sim.Region {
	w.t.Helper()
	r, err := w.Region(id)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) count(kind sim.Check) int {
	w.t.Helper()
	regions, err := w.Check(kind)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(regions)
}

// leaders are the stores' numbers of leaders.
func (w *world) leaders() map[uint64]int {
	w.t.Helper()
	leaders := map[uint64]int{}
	for id := uint64(1); id <= w.stores; id++ {
		leaders[id] = w.store(id).Leaders
	}
	return leaders
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// want fails the test unless an error has a text.
func want(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || err.Error() != text {
		t.Errorf("error = %v, want %s", err, text)
	}
}
