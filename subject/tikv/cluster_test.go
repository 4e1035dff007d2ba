package tikv

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/tikvcluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// until observes until the observation is as wanted. Nothing that PD would have
// to tell of may hold while PD does not answer.
func until(t *testing.T, s *Subject, what string, wanted func(o protocol.Observation) bool) {
	t.Helper()
	err := wait.For(t.Context(), what, func() (bool, error) {
		o := observe(t, s)
		if o.VerdictOn(pdUnavailable, "") != protocol.Held {
			for name := range judgedAs("", byPD) {
				if o.VerdictOn(name, "") == protocol.Held {
					t.Errorf("PD does not answer, and %s holds: %q", name, verdicts(o))
				}
			}
		}
		if wanted(o) {
			return true, nil
		}
		return false, fmt.Errorf("%q", verdicts(o))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func held(o protocol.Observation) bool { return o.Verdict() == protocol.Held }

// TestACluster walks a cluster of processes, scraped by a real Prometheus,
// through what happens to one.
func TestACluster(t *testing.T) {
	programs, err := build.Programs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := tikvcluster.New(t, tikvcluster.Options{Programs: programs})
	config, err := json.Marshal(map[string]any{
		"pd":         map[string]any{"endpoints": c.PDURLs()},
		"prometheus": map[string]any{"url": c.PrometheusURL(), "rate_window": "4s"},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, string(config))
	does := func(name, id, params string, want protocol.OutcomeStatus) {
		t.Helper()
		o, err := act(t, s, protocol.Action{Name: name, ID: id, Params: json.RawMessage(params), DryRun: id == ""})
		if err != nil || o.Status != want {
			t.Errorf("%s = %+v, %v, want %s", name, o, err, want)
		}
	}
	evicting := func(ids ...string) func(o protocol.Observation) bool {
		return func(o protocol.Observation) bool { return slices.Equal(stateOf(t, o).Evicting, ids) }
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	until(t, s, "every invariant to hold", held)
	for id, m := range stateOf(t, observe(t, s)).StoreMetrics {
		if m.LatencyP99MS == nil || m.CommandsPerSecond == nil || m.CPUCores == nil || m.CapacityBytes == nil {
			t.Errorf("store %s: %+v, want all metrics", id, m)
		}
	}

	const store2 = `{"store_id":"2"}`
	does(evictLeaders, "", store2, protocol.OutcomePlanned)
	if !evicting()(observe(t, s)) {
		t.Error("a dry run changed something")
	}
	does(evictLeaders, "evict", store2, protocol.OutcomeAccepted)
	until(t, s, "the leaders to leave store 2", func(o protocol.Observation) bool {
		st := stateOf(t, o)
		i := slices.IndexFunc(st.Stores, func(st StoreState) bool { return st.ID == "2" })
		return evicting("2")(o) && *st.Stores[i].Leaders == 0
	})
	does(evictLeaders, "again", store2, protocol.OutcomeUnchanged)
	does(stopEvictingLeaders, "stop", store2, protocol.OutcomeAccepted)
	does(stopEvictingLeaders, "stop again", store2, protocol.OutcomeUnchanged)

	must(c.Store(0).Kill())
	until(t, s, "store 1 to be down, and no other", func(o protocol.Observation) bool {
		return o.VerdictOn(storeDown, "1") == protocol.Broken && o.VerdictOn(storeDown, "2") == protocol.Held
	})
	must(c.Store(0).Restart(t.Context()))
	until(t, s, "every invariant to hold again", held)

	must(c.PD().Kill())
	until(t, s, "PD to be gone", func(o protocol.Observation) bool {
		return maps.Equal(unjudged(o), judgedAs("pd_unavailable", byPD))
	})
	must(c.PD().Restart(t.Context()))
	until(t, s, "every invariant to hold again", held)
}
