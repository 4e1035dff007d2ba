//go:build unix

package tikvcluster_test

import (
	"context"
	"maps"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/clustertest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/tikvcluster"
)

var build tikvcluster.Build

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { os.Exit(build.Exit(code)) }))
}

func programs(t *testing.T) tikvcluster.Programs {
	t.Helper()
	built, err := build.Programs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return built
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// call makes one request to PD and decodes its answer into v where that is not
// nil.
func call(t *testing.T, c *tikvcluster.Cluster, method, path, body string, v any) (status int, err error) {
	t.Helper()
	return clustertest.Call(t, method, c.PDURLs()[0]+"/pd/api/v1"+path, body, v)
}

// view is a store as PD shows it.
type view struct {
	Store struct {
		ID        uint64
		Address   string
		StateName string `json:"state_name"`
	}
	Status struct {
		Leaders int `json:"leader_count"`
		Regions int `json:"region_count"`
	}
}

func stores(t *testing.T, c *tikvcluster.Cluster, query string) (map[uint64]view, error) {
	t.Helper()
	var list struct{ Stores []view }
	_, err := call(t, c, http.MethodGet, "/stores"+query, "", &list)
	views := map[uint64]view{}
	for _, v := range list.Stores {
		views[v.Store.ID] = v
	}
	return views, err
}

// becomes waits until PD shows a store in a state.
func becomes(t *testing.T, c *tikvcluster.Cluster, id uint64, state string) {
	t.Helper()
	clustertest.Until(t, "store "+strconv.FormatUint(id, 10)+" to be "+state, func() (bool, error) {
		views, err := stores(t, c, "?state=0&state=1&state=2")
		return views[id].Store.StateName == state, err
	})
}

// leads waits until a store leads as many regions as condition says.
func leads(t *testing.T, c *tikvcluster.Cluster, id uint64, what string, condition func(leaders int) bool) {
	t.Helper()
	clustertest.Until(t, "store "+strconv.FormatUint(id, 10)+" to lead "+what, func() (bool, error) {
		views, err := stores(t, c, "")
		return err == nil && condition(views[id].Status.Leaders), err
	})
}

// query asks Prometheus for an instant vector, by instance.
func query(t *testing.T, c *tikvcluster.Cluster, promQL string) (map[string]float64, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	return prometheus.ByLabel(ctx, c.PrometheusURL(), "instance", promQL)
}

// everywhere tells whether a value is there for every store, and for nothing
// else, and satisfies f.
func everywhere(c *tikvcluster.Cluster, values map[string]float64, f func(float64) bool) bool {
	values = maps.Clone(values)
	for _, s := range c.Stores() {
		v, ok := values[s.Address()]
		if !ok || !f(v) {
			return false
		}
		delete(values, s.Address())
	}
	return len(values) == 0
}
