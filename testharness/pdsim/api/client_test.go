package api_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/api"
)

// TestTheClientReadsIt: the operator's client is strict about what PD says.
func TestTheClientReadsIt(t *testing.T) {
	c := newCluster(t)
	server := httptest.NewServer(api.New(c, api.Member{Name: "pd1", URL: "http://127.0.0.1:12379"}))
	t.Cleanup(server.Close)
	client, err := pd.New(pd.Options{Endpoints: []string{server.URL}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	if _, err := client.Stores(ctx); !pd.NotBootstrapped(err) {
		t.Errorf("before the bootstrap: %v", err)
	}
	situation(t, "", c)

	for _, what := range []pd.Check{pd.CheckMissPeer, pd.CheckDownPeer, pd.CheckPendingPeer, pd.CheckExtraPeer, pd.CheckOfflinePeer, pd.CheckLearnerPeer, pd.CheckEmptyRegion} {
		if list, err := client.Check(ctx, what, 10); err != nil || list.Count != 0 {
			t.Errorf("%s: %d, %v", what, list.Count, err)
		}
	}
	regions := 0
	for page, err := range client.Regions(ctx, 7) {
		if err != nil {
			t.Fatal(err)
		}
		regions += len(page)
	}
	stats, err := client.RegionStats(ctx)
	if err != nil || stats.Count != 50 || regions != 50 {
		t.Errorf("%d regions counted, %d walked, %v", stats.Count, regions, err)
	}
	if stores, err := client.Stores(ctx); err != nil || len(stores) != 4 || stores[0].State != pd.StateUp || stores[0].Capacity != 1<<40 {
		t.Errorf("stores = %+v, %v", stores, err)
	}
	for what, call := range map[string]func() error{
		"members":   func() error { return second(client.Members(ctx)) },
		"health":    func() error { return second(client.Health(ctx)) },
		"status":    func() error { return second(client.ClusterStatus(ctx)) },
		"config":    func() error { return second(client.ScheduleConfig(ctx)) },
		"region":    func() error { return second(client.Region(ctx, 52)) },
		"store":     func() error { return second(client.Store(ctx, 4)) },
		"transfer":  func() error { return client.TransferLeader(ctx, 52, 4) },
		"operators": func() error { return second(client.Operators(ctx)) },
		"move":      func() error { return client.TransferPeer(ctx, 8, 1, 4) },
		"evict":     func() error { return client.AddEvictLeader(ctx, 2) },
		"again":     func() error { return client.AddEvictLeader(ctx, 2) },
	} {
		if err := call(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if stores, err := client.EvictLeaderStores(ctx); err != nil || !slices.Equal(stores, []uint64{2}) {
		t.Errorf("evicted = %v, %v", stores, err)
	}
	for what, err := range map[string]error{
		"store":     second(client.Store(ctx, 99)),
		"region":    second(client.Region(ctx, 999999)),
		"evict":     client.AddEvictLeader(ctx, 99),
		"not there": client.RemoveEvictLeader(ctx, 3),
	} {
		if !pd.NotFound(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := client.RemoveEvictLeader(ctx, 2); err != nil {
		t.Error(err)
	}
	if stores, err := client.EvictLeaderStores(ctx); err != nil || len(stores) != 0 {
		t.Errorf("evicted = %v, %v", stores, err)
	}
}

func second[T any](_ T, err error) error { return err }
