package sim_test

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
)

func TestOperators(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 4, nil)
		w.must(w.TransferLeader(52, 4))
		if got, err := w.Operators(); err != nil || len(got) != 1 {
			t.Errorf("operators = %q, %v", got, err)
		}
		want(t, w.TransferPeer(52, 2, 3), "[PD:operator:ErrAddOperator]failed to add operator, maybe already have one")
		if p, _ := new(w.region(52)).LeaderPeer(); p.StoreID != 1 {
			t.Errorf("store %d leads at once", p.StoreID)
		}
		w.pass(2 * time.Second)
		if p, _ := new(w.region(52)).LeaderPeer(); p.StoreID != 4 {
			t.Errorf("store %d leads", p.StoreID)
		}
		w.must(w.TransferPeer(52, 4, 3)) // the leader's
		w.pass(2 * time.Second)
		r := w.region(52)
		_, off := r.On(4)
		_, on := r.On(3)
		if _, led := r.LeaderPeer(); off || !on || !led || len(r.Peers) != 3 || r.ConfVer != 7 {
			t.Errorf("region = %+v", r)
		}
		if got, err := w.Operators(); err != nil || len(got) != 0 {
			t.Errorf("operators = %q, %v", got, err)
		}
		// What is meant for a store that is gone does not happen.
		to := follower(w.region(8))
		w.silent[to] = true
		w.pass(15 * time.Second)
		before := w.region(8).Leader
		w.must(w.TransferLeader(8, to))
		w.pass(2 * time.Second)
		if got := w.region(8).Leader; got != before {
			t.Error("a store that is gone leads")
		}
	})
}

// follower is a store that has a region and does not lead it.
func follower(r sim.Region) uint64 {
	for _, p := range r.Peers {
		if p.ID != r.Leader {
			return p.StoreID
		}
	}
	return 0
}

func TestRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 4, nil)
		w.silent[3] = true
		w.pass(11 * time.Minute)
		for name, tc := range map[string]struct {
			reason string
			err    error
			want   string
		}{
			"UnknownRegion":     {"PD knows its regions.", w.TransferLeader(999999, 1), "[PD:region:ErrRegionNotFound]region 999999 not found"},
			"NoVoter":           {"Only a peer can lead.", w.TransferLeader(52, 3), "region has no voter in store 3"},
			"NoPeer":            {"Only a peer can move.", w.TransferPeer(52, 3, 2), "region has no peer in store 3"},
			"UnknownStore":      {"PD knows its stores.", w.TransferPeer(52, 2, 99), "[PD:core:ErrStoreNotFound]store 99 not found"},
			"SilentStore":       {"It cannot take anything.", w.TransferPeer(52, 2, 3), "[PD:core:ErrStoreUnhealthy]store 3 is unhealthy"},
			"Taken":             {"One peer per store.", w.TransferPeer(52, 2, 1), "cannot add peer to store 1: region 52 already has one there"},
			"EvictUnknown":      {"PD knows its stores.", second(w.EvictLeaders(99)), "[PD:core:ErrStoreNotFound]store 99 not found"},
			"ExistingScheduler": {"One of each.", w.AddScheduler("balance-leader-scheduler"), "[PD:scheduler:ErrSchedulerExisted]scheduler existed"},
			"UnknownTrouble":    {"There are only so many.", w.Trouble(52, "sorrow"), "there is no such trouble"},
			"ForeignAddress":    {"An address is one store's.", second(w.Heartbeat(sim.Report{StoreID: 9, Address: "tikv-1"})), "store 9 has the address of store 1, tikv-1"},
			"Nobody":            {"A store says who it is.", second(w.Heartbeat(sim.Report{})), "a store has an id and an address"},
		} {
			if tc.err == nil || tc.err.Error() != tc.want {
				t.Errorf("%s: %s\nerror = %v, want %s", name, tc.reason, tc.err, tc.want)
			}
		}
	})
}

func TestNotBootstrapped(t *testing.T) {
	c, err := sim.New(settings(2), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Heartbeat(report(1)); err != nil {
		t.Fatal(err)
	}
	const text = "[PD:cluster:ErrNotBootstrapped]TiKV cluster not bootstrapped, please start TiKV first"
	want(t, second(c.Stores()), text)
	want(t, second(c.Regions()), text)
	want(t, second(c.Schedulers()), text)
	want(t, c.TransferLeader(1, 1), text)
	if _, err := c.Heartbeat(report(2)); err != nil {
		t.Fatal(err)
	}
	if regions, err := c.Regions(); err != nil || len(regions) != 50 {
		t.Errorf("%d regions, %v", len(regions), err)
	}
}

func TestTrouble(t *testing.T) {
	for name, tc := range map[string]struct {
		trouble sim.Trouble
		check   sim.Check
	}{
		"MissPeer":    {sim.TroubleMiss, sim.MissPeer},
		"ExtraPeer":   {sim.TroubleExtra, sim.ExtraPeer},
		"PendingPeer": {sim.TroublePending, sim.PendingPeer},
		"DownPeer":    {sim.TroubleDown, sim.DownPeers},
		"EmptyRegion": {sim.TroubleEmpty, sim.EmptyRegion},
		"NoLeader":    {sim.TroubleNoLeader, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 4, nil)
				healthy := w.region(52)
				w.must(w.Trouble(52, tc.trouble))
				w.pass(time.Minute)
				for _, check := range sim.Checks() {
					want := 0
					if check == tc.check {
						want = 1
					}
					if got := w.count(check); got != want {
						t.Errorf("%d regions are %s, want %d", got, check, want)
					}
				}
				if _, led := new(w.region(52)).LeaderPeer(); led == (tc.trouble == sim.TroubleNoLeader) {
					t.Errorf("led = %t", led)
				}
				w.must(w.Trouble(52, sim.Healthy))
				r := w.region(52)
				_, led := r.LeaderPeer()
				if !led || len(r.Peers) != 3 || len(r.Down)+len(r.Pending) > 0 || r.Size != healthy.Size {
					t.Errorf("healed, it is %+v", r)
				}
			})
		})
	}
}

func TestScan(t *testing.T) {
	w := newWorld(t, 4, nil)
	all, err := w.Regions()
	if err != nil {
		t.Fatal(err)
	}
	var walked []uint64
	var from []byte
	for range len(all) {
		page, err := w.Scan(from, nil, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			walked = append(walked, r.ID)
		}
		if from = page[len(page)-1].End; len(from) == 0 {
			break
		}
	}
	ids := make([]uint64, len(all))
	for i, r := range all {
		ids[i] = r.ID
		if i > 0 && !bytes.Equal(r.Start, all[i-1].End) {
			t.Errorf("there is a gap before region %d", r.ID)
		}
	}
	if diff := cmp.Diff(ids, walked); diff != "" {
		t.Errorf("the walk (-want +got):\n%s", diff)
	}
	// A key within a region finds it; an end ends.
	page, err := w.Scan(append(bytes.Clone(all[3].Start), 0), all[5].Start, 0)
	if err != nil || len(page) != 2 || page[0].ID != all[3].ID {
		t.Errorf("page = %v, %v", page, err)
	}
}
