package sim_test

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
)

func TestASilentStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 4, nil)
		before := w.leaders()
		w.silent[2] = true
		w.pass(15 * time.Second)
		if got := w.store(2); got.State != sim.StateUp || got.Leaders != 0 {
			t.Errorf("after 15 s it is %s with %d leaders, want it Up with none", got.State, got.Leaders)
		}
		w.pass(6 * time.Second)
		if got := w.states(); !maps.Equal(got, map[uint64]string{1: "Up", 2: "Disconnected", 3: "Up", 4: "Up"}) {
			t.Errorf("after 21 s the states are %v", got)
		}
		if n := w.count(sim.DownPeers); n != 0 {
			t.Errorf("%d regions have down peers at once", n)
		}
		w.pass(10 * time.Minute)
		peers := w.store(2).Regions
		if n := w.count(sim.DownPeers); n != peers || n == 0 {
			t.Errorf("%d regions have down peers, want the store's %d", n, peers)
		}
		w.pass(20 * time.Minute)
		if got := w.store(2); got.State != sim.StateDown {
			t.Errorf("after half an hour it is %s", got.State)
		}
		w.pass(time.Minute)
		if got := w.store(2); got.Regions != 0 {
			t.Errorf("%d regions still have a peer on a store that is Down", got.Regions)
		}
		w.silent[2] = false
		w.pass(3 * time.Minute)
		got, leaders := w.store(2), w.leaders()
		if got.State != sim.StateUp || got.Regions < 30 || got.Leaders < before[2]-6 {
			t.Errorf("after its return it is %s with %d regions, leaders are %v, were %v", got.State, got.Regions, leaders, before)
		}
	})
}

func TestAMajorityIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 3, nil)
		before := w.leaders()
		w.silent[1], w.silent[2] = true, true
		w.pass(time.Minute)
		if got := w.leaders(); !maps.Equal(before, got) {
			t.Errorf("leaders = %v, want them as PD last knew them, %v", got, before)
		}
	})
}

// A PD that was stopped has heard nothing, which says nothing about the stores.
func TestPDWasAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 4, nil)
		w.pass(time.Second)
		before := w.leaders()
		time.Sleep(time.Minute)
		w.Step()
		if got := w.states()[1]; got != sim.StateDisconnected {
			t.Errorf("a store is %s until it reports", got)
		}
		w.must(second(w.Heartbeat(report(1))))
		w.must(second(w.Heartbeat(report(2))))
		w.Step()
		w.beat()
		w.pass(time.Minute)
		if got := w.leaders(); !maps.Equal(before, got) {
			t.Errorf("leaders = %v, were %v", got, before)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestEviction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 4, nil)
		total := w.store(2).Leaders
		if existed, err := w.EvictLeaders(2); existed || err != nil {
			t.Fatalf("existed = %t, %v", existed, err)
		}
		w.pass(time.Second)
		if got := w.store(2).Leaders; got == 0 || got == total {
			t.Errorf("after a second it leads %d of %d, want it to be under way", got, total)
		}
		w.pass(10 * time.Second)
		if got := w.store(2).Leaders; got != 0 {
			t.Errorf("it leads %d", got)
		}

		// Another store dies, and a PD takes the place of this one.
		w.silent[3] = true
		w.pass(30 * time.Second)
		saved, changed, err := w.Save()
		if err != nil || !changed {
			t.Fatalf("changed = %t, %v", changed, err)
		}
		w = newWorld(t, 4, saved)
		w.silent[3] = true
		w.pass(30 * time.Second)
		if ids, exists := w.Evicted(); len(ids) != 1 || ids[0] != 2 || !exists {
			t.Errorf("evicted = %v, %t after a restart", ids, exists)
		}
		if got := w.leaders(); got[2] != 0 || got[3] != 0 || got[1]+got[4] != 50 {
			t.Errorf("leaders = %v, want none of 2 and 3", got)
		}

		w.must(w.StopEvicting(2))
		want(t, w.StopEvicting(2), "[PD:scheduler:ErrSchedulerNotFound]scheduler not found")
		w.silent[3] = false
		w.pass(time.Minute)
		for id, n := range w.leaders() {
			if n < 7 {
				t.Errorf("store %d leads %d, want it to get its share", id, n)
			}
		}
	})
}

func TestRemoval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 4, nil)
		w.must(w.RemoveStore(4, false))
		w.must(w.RemoveStore(4, false)) // again
		want(t, w.RemoveStore(3, false), "[PD:cluster:ErrStoresNotEnough]can not remove store 3 since the number of up stores would be 2 while need 3")
		w.pass(2 * time.Second)
		if got := w.store(4); got.State != sim.StateOffline || got.Regions == 0 || w.count(sim.OfflinePeer) != got.Regions {
			t.Errorf("it is %s with %d regions, of which %d are listed", got.State, got.Regions, w.count(sim.OfflinePeer))
		}
		w.must(w.UpStore(4))
		w.pass(time.Minute)
		if got := w.store(4); got.State != sim.StateUp || got.Regions < 30 {
			t.Errorf("after the removal was taken back it is %s with %d regions", got.State, got.Regions)
		}
		w.must(w.RemoveStore(4, false))
		w.silent[4] = true // once it is gone
		w.pass(time.Minute)
		if got := w.store(4); got.State != sim.StateTombstone || got.Regions != 0 {
			t.Errorf("in the end it is %s with %d regions", got.State, got.Regions)
		}
		_, err := w.Heartbeat(report(4))
		want(t, err, "[PD:core:ErrStoreRemoved]store 4 has been removed")
		want(t, w.RemoveStore(4, true), "[PD:core:ErrStoreRemoved]store 4 has been removed")

		w.must(w.RemoveStore(3, true))
		want(t, w.UpStore(3), "[PD:core:ErrStoreDestroyed]store 3 has been physically destroyed")
		w.pass(time.Minute)
		if got := w.store(3); got.State != sim.StateOffline || got.Regions != 50 {
			t.Errorf("with nowhere to go it is %s with %d regions", got.State, got.Regions)
		}
	})
}

// Leaders are not moved from one store that must not lead to another, and stay
// where there is no other place.
func TestEvictionFromSeveral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 4, nil)
		for _, id := range []uint64{1, 2} {
			w.must(second(w.EvictLeaders(id)))
		}
		w.pass(30 * time.Second)
		if got := w.leaders(); got[1]+got[2] != 0 {
			t.Errorf("leaders = %v, want none of 1 and 2", got)
		}
		w.must(second(w.EvictLeaders(3)))
		w.pass(30 * time.Second)
		before := w.leaders()
		w.pass(30 * time.Second)
		got := w.leaders()
		if !maps.Equal(before, got) || got[3] == 0 || got[1]+got[2] != 0 {
			t.Errorf("leaders = %v, were %v; want them to stay on 3 where 4 has no peer", got, before)
		}
	})
}
