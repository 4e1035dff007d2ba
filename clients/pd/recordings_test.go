package pd_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
)

const (
	tib = 1 << 40
	gib = 1 << 30
)

// recordedStore is what all recorded stores have in common.
func recordedStore(id uint64, address string, heartbeat int64, change func(*pd.Store)) pd.Store {
	s := pd.Store{
		ID: id, Address: address, Version: "v8.5.2", State: pd.StateUp, NodeState: pd.NodeServing,
		LastHeartbeat: new(time.Unix(0, heartbeat).UTC()),
		Capacity:      tib, Available: 1020 * gib, UsedSize: 3824668377, // 3.562 GiB
		LeaderWeight: 1, RegionWeight: 1, RegionCount: 38, RegionSize: 3648,
	}
	change(&s)
	s.LeaderScore, s.LeaderSize = float64(s.LeaderCount), 96*s.LeaderCount
	return s
}

func healthyStores() []pd.Store {
	small := func(s *pd.Store) {
		s.Available, s.UsedSize = 1021*gib, 3724810387 // 3.469 GiB
		s.LeaderCount, s.RegionCount, s.RegionSize, s.RegionScore = 11, 37, 3552, 4544.1976123504
	}
	large := func(leaders int64) func(*pd.Store) {
		return func(s *pd.Store) { s.LeaderCount, s.RegionScore = leaders, 4667.070050325354 }
	}
	return []pd.Store{
		recordedStore(1, "mock:://tikv-1:1", 1795439527896076620, small),
		recordedStore(2, "mock:://tikv-2:2", 1795439527895883813, small),
		recordedStore(3, "mock:://tikv-3:3", 1795439527896017492, large(12)),
		recordedStore(4, "mock:://tikv-4:4", 1795439527895980206, large(16)),
	}
}

// states shows of stores what the recordings of broken clusters differ in.
func states(stores []pd.Store, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	got := make(map[uint64]string)
	for _, s := range stores {
		got[s.ID] = s.State + " " + s.NodeState
		if s.PhysicallyDestroyed {
			got[s.ID] += " destroyed"
		}
	}
	return got, nil
}

func TestRecordings(t *testing.T) {
	voter := func(id, store uint64) pd.Peer { return pd.Peer{ID: id, StoreID: store, Role: "Voter"} }
	region52 := pd.Region{
		ID:       52,
		StartKey: "7480000000000000FF015F728000000000FF00000AFF00000000FB",
		EndKey:   "7480000000000000FF015F728000000000FF00000BFF00000000FB",
		Epoch:    pd.Epoch{ConfVer: 1, Version: 1},
		Peers:    []pd.Peer{voter(49, 4), voter(50, 1), voter(51, 2)},
		Leader:   new(voter(50, 1)), ApproximateSize: 96, ApproximateKeys: 960000,
	}
	pd1 := pd.Member{
		Name: "pd1", ID: 1073040932951649287, Version: "v8.5.2",
		ClientURLs: []string{"http://127.0.0.1:12379"}, PeerURLs: []string{"http://127.0.0.1:12380"},
	}
	all := []pd.Lifecycle{pd.LifecycleUp, pd.LifecycleOffline, pd.LifecycleTombstone}
	is := func(name string) func(context.Context, *pd.Client) (any, error) { return calls[name] }
	storeStates := func(lifecycles ...pd.Lifecycle) func(context.Context, *pd.Client) (any, error) {
		return func(ctx context.Context, c *pd.Client) (any, error) { return states(c.Stores(ctx, lifecycles...)) }
	}
	done := clienttest.Outcome{}
	notBootstrapped := clienttest.Outcome{
		Class: failure.Failing, Status: 500, Sent: true,
		Detail: "PD:cluster:ErrNotBootstrapped: TiKV cluster not bootstrapped, please start TiKV first",
	}
	const notBootstrappedCode = pd.CodeNotBootstrapped

	type recorded struct {
		reason string
		call   func(context.Context, *pd.Client) (any, error)
		// foreign: the recorded request is one that the client never sends; its
		// answer is given to another call.
		foreign  bool
		want     clienttest.Outcome
		code     string
		notFound bool
	}
	cases := map[string]recorded{
		"stores-healthy":      {reason: "Every field, times to the nanosecond, sizes in bytes; what PD leaves out is zero, a start in 1970 is none.", call: is("stores"), want: clienttest.Outcome{Value: healthyStores()}},
		"stores-disconnected": {reason: "Silent for 20 s.", call: storeStates(), want: clienttest.Outcome{Value: map[uint64]string{1: "Disconnected Serving", 2: "Disconnected Serving", 3: "Disconnected Serving", 4: "Disconnected Serving"}}},
		"stores-down":         {reason: "Silent for longer.", call: storeStates(), want: clienttest.Outcome{Value: map[uint64]string{1: "Down Serving", 2: "Down Serving", 3: "Down Serving", 4: "Down Serving"}}},
		"stores-offline":      {reason: "Being removed.", call: storeStates(), want: clienttest.Outcome{Value: map[uint64]string{1: "Down Serving", 2: "Down Serving", 3: "Down Serving", 4: "Offline Removing destroyed"}}},
		"stores-physically-destroyed": {
			reason: "And not coming back.", call: storeStates(),
			want: clienttest.Outcome{Value: map[uint64]string{1: "Down Serving", 2: "Down Serving", 3: "Offline Removing destroyed", 4: "Offline Removing destroyed"}},
		},
		"stores-all-states": {
			reason: "The states are asked for as PD wants them.", call: storeStates(all...),
			want: clienttest.Outcome{Value: map[uint64]string{1: "Down Serving", 2: "Down Serving", 3: "Offline Removing destroyed", 4: "Offline Removing destroyed"}},
		},
		"stores-not-bootstrapped": {reason: "A code in a JSON string.", call: is("stores"), want: notBootstrapped, code: notBootstrappedCode},
		"store-by-id":             {reason: "One store is as it is in the list.", call: is("store"), want: clienttest.Outcome{Value: healthyStores()[0]}},
		"store-unknown": {
			reason: "A 404 with PD's word.",
			call:   func(ctx context.Context, c *pd.Client) (any, error) { return c.Store(ctx, 99) },
			want:   clienttest.Outcome{Class: failure.Rejected, Status: 404, Sent: true, Detail: "PD:core:ErrStoreNotFound: store 99 not found"},
			code:   pd.CodeStoreNotFound, notFound: true,
		},
		"region-by-id": {reason: "Whatever content type PD gives it.", call: is("region"), want: clienttest.Outcome{Value: region52}},
		"region-unknown": {
			reason: "A 404 with PD's word.",
			call:   func(ctx context.Context, c *pd.Client) (any, error) { return c.Region(ctx, 999999) },
			want:   clienttest.Outcome{Class: failure.Rejected, Status: 404, Sent: true, Detail: "PD:region:ErrRegionNotFound: region 999999 not found"},
			code:   pd.CodeRegionNotFound, notFound: true,
		},
		"regions-healthy": {
			reason: "A list of 50 is read as it comes.", foreign: true,
			call: func(ctx context.Context, c *pd.Client) (any, error) {
				list, err := c.Check(ctx, pd.CheckMissPeer, 1000)
				i := slices.IndexFunc(list.Regions, func(r pd.Region) bool { return r.ID == 52 })
				if err != nil || i < 0 {
					return list, err
				}
				return []any{list.Count, len(list.Regions), list.Regions[i]}, nil
			},
			want: clienttest.Outcome{Value: []any{50, 50, region52}},
		},
		"regions-miss-peer": {reason: "None.", call: is("check"), want: clienttest.Outcome{Value: pd.RegionList{Regions: []pd.Region{}}}},
		"regions-down-peer": {
			reason: "None.",
			call:   func(ctx context.Context, c *pd.Client) (any, error) { return c.Check(ctx, pd.CheckDownPeer, 0) },
			want:   clienttest.Outcome{Value: pd.RegionList{Regions: []pd.Region{}}},
		},
		"regions-not-bootstrapped": {reason: "A code in a JSON string.", foreign: true, call: is("check"), want: notBootstrapped, code: notBootstrappedCode},
		"stats-region": {
			reason: "By store.", call: is("stats"),
			want: clienttest.Outcome{Value: pd.RegionStats{
				Count: 50, StorageSize: 4800, StorageKeys: 48000000,
				StoreLeaderCount: map[uint64]int64{1: 11, 2: 11, 3: 12, 4: 16},
				StorePeerCount:   map[uint64]int64{1: 37, 2: 37, 3: 38, 4: 38},
				StoreLeaderSize:  map[uint64]int64{1: 1056, 2: 1056, 3: 1152, 4: 1536},
				StoreLeaderKeys:  map[uint64]int64{1: 10560000, 2: 10560000, 3: 11520000, 4: 15360000},
				StorePeerSize:    map[uint64]int64{1: 3552, 2: 3552, 3: 3648, 4: 3648},
				StorePeerKeys:    map[uint64]int64{1: 35520000, 2: 35520000, 3: 36480000, 4: 36480000},
			}},
		},
		"stats-region-not-bootstrapped": {reason: "A code in a JSON string.", call: is("stats"), want: notBootstrapped, code: notBootstrappedCode},
		"members": {
			reason: "With who leads.", call: is("members"),
			want: clienttest.Outcome{Value: pd.Members{ClusterID: 7711349432298843547, Members: []pd.Member{pd1}, Leader: &pd1, EtcdLeader: &pd1}},
		},
		"health": {
			reason: "With who answers.", call: is("health"),
			want: clienttest.Outcome{Value: []pd.MemberHealth{{Name: "pd1", ID: pd1.ID, ClientURLs: pd1.ClientURLs, Healthy: true}}},
		},
		"cluster-status-not-bootstrapped": {reason: "Go's zero time is no time.", call: is("status"), want: clienttest.Outcome{Value: pd.ClusterStatus{}}},
		"config-schedule": {
			reason: "Durations and booleans come as texts.", call: is("schedule"),
			want: clienttest.Outcome{Value: pd.ScheduleConfig{
				MaxStoreDownTime: 30 * time.Minute, LowSpaceRatio: 0.8, HighSpaceRatio: 0.7,
				LeaderScheduleLimit: 4, RegionScheduleLimit: 2048, ReplicaScheduleLimit: 64, MergeScheduleLimit: 8,
				MaxSnapshotCount: 64, MaxPendingPeerCount: 64,
				RemoveDownReplica: true, ReplaceOfflineReplica: true, MakeUpReplica: true,
			}},
		},
		"config-schedule-set": {reason: "Any text says that a change was made.", foreign: true, call: is("evict"), want: done},
		"operators": {
			reason: "As PD describes them.", call: is("operators"),
			want: clienttest.Outcome{Value: []string{"labeler-split-region {split: region 204 use policy USEKEY and keys [7800000000000000FB 7800000100000000FB]} (kind:split, region:204(1, 1), createAt:2026-11-23 13:11:55.949240418 +0000 UTC m=+1065.890322435, startAt:2026-11-23 13:11:55.949264784 +0000 UTC m=+1065.890346791, currentStep:0, size:96, steps:[0:{split region with policy USEKEY}], timeout:[1m0s])"}},
		},
		"operator-transfer-leader": {reason: "PD's own fields.", call: is("transferLeader"), want: done},
		"operator-transfer-peer":   {reason: "PD's own fields.", call: is("transferPeer"), want: done},
		"operator-transfer-leader-unknown-region": {
			reason: "A 500 that says not found is a refusal.",
			call: func(ctx context.Context, c *pd.Client) (any, error) {
				return nil, c.TransferLeader(ctx, 999999, 4)
			},
			want: clienttest.Outcome{Class: failure.Rejected, Status: 500, Sent: true, Detail: "PD:region:ErrRegionNotFound: region 999999 not found"},
			code: pd.CodeRegionNotFound, notFound: true,
		},
		"operator-transfer-leader-wrong-field": {
			reason: "A text without a code.", foreign: true, call: is("transferLeader"),
			want: clienttest.Outcome{Class: failure.Rejected, Status: 400, Sent: true, Detail: "missing store id to transfer leader to"},
		},
		"operator-malformed": {
			reason: "An object.", foreign: true, call: is("transferLeader"),
			want: clienttest.Outcome{Class: failure.Rejected, Status: 400, Sent: true, Detail: "input: unexpected end of JSON input"}, code: "input",
		},
		"schedulers": {
			reason: "Their names.", call: is("schedulers"),
			want: clienttest.Outcome{Value: []string{"balance-region-scheduler", "evict-slow-store-scheduler", "evict-stopping-store-scheduler", "balance-hot-region-scheduler", "balance-leader-scheduler"}},
		},
		"schedulers-with-evict-leader": {
			reason: "Their names.", call: is("schedulers"),
			want: clienttest.Outcome{Value: []string{"balance-leader-scheduler", "balance-region-scheduler", "evict-slow-store-scheduler", "evict-stopping-store-scheduler", "evict-leader-scheduler", "balance-hot-region-scheduler"}},
		},
		"scheduler-evict-leader": {reason: "PD's own fields.", call: is("evict"), want: done},
		"scheduler-evict-leader-unknown-store": {
			reason: "A code in quotes in quotes, with a 500.",
			call:   func(ctx context.Context, c *pd.Client) (any, error) { return nil, c.AddEvictLeader(ctx, 99) },
			want:   clienttest.Outcome{Class: failure.Rejected, Status: 500, Sent: true, Detail: "PD:core:ErrStoreNotFound: store 99 not found"},
			code:   pd.CodeStoreNotFound, notFound: true,
		},
		"scheduler-evict-leader-not-bootstrapped": {reason: "A code in a JSON string.", call: is("evict"), want: notBootstrapped, code: notBootstrappedCode},
		"scheduler-remove-evict-leader":           {reason: "Null says that a change was made.", call: is("stopEvicting"), want: done},
		"scheduler-remove-evict-leader-absent": {
			reason: "Null with a 404 says that there was none.", call: is("stopEvicting"),
			want: clienttest.Outcome{Class: failure.Rejected, Status: 404, Sent: true, Detail: "PD:scheduler:ErrSchedulerNotFound: no leaders are being evicted from store 2"},
			code: pd.CodeSchedulerNotFound, notFound: true,
		},
		"scheduler-evict-leader-config": {
			reason: "Alone it is no list of schedulers: TestEvictLeaderStores has it in its place.", foreign: true, call: is("evicting"),
			want: clienttest.Outcome{Class: failure.Malformed, Status: 200, Sent: true, Detail: "field the document: want array, got object"},
		},
		"unknown-path": {
			reason: "Plain text from PD's router is not PD's word on a store.", foreign: true, call: is("store"),
			want: clienttest.Outcome{Class: failure.Rejected, Status: 404, Sent: true, Detail: `"404 page not found\n"`},
		},
	}

	clienttest.EachRecording(t, cases, func(t *testing.T, _ string, r clienttest.Recording, tc recorded) {
		server := clienttest.Serve(t, clienttest.Replay(t, r, !tc.foreign))
		c := newClient(t, pd.Options{Endpoints: []string{server.URL}})
		got, err := tc.call(t.Context(), c)
		if diff := cmp.Diff(tc.want, clienttest.OutcomeOf(got, err)); diff != "" {
			t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
		}
		if code := pd.CodeOf(err); code != tc.code {
			t.Errorf("%s\nCodeOf() = %q, want %q", tc.reason, code, tc.code)
		}
		if pd.NotFound(err) != tc.notFound || pd.NotBootstrapped(err) != (tc.code == notBootstrappedCode) {
			t.Errorf("%s\nNotFound() = %t, NotBootstrapped() = %t", tc.reason, pd.NotFound(err), pd.NotBootstrapped(err))
		}
	})
}
