//go:build unix

package tikvcluster_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/tikvcluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
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

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func until(t *testing.T, what string, condition func() (bool, error)) {
	t.Helper()
	if err := wait.For(within(t), what, condition); err != nil {
		t.Fatal(err)
	}
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
	return get(t, method, c.PDURLs()[0]+"/pd/api/v1"+path, body, v)
}

func get(t *testing.T, method, url, body string, v any) (status int, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Close = true
	client := http.Client{Timeout: 5 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && v != nil {
		err = json.Unmarshal(answer, v)
	}
	return resp.StatusCode, err
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
	until(t, "store "+strconv.FormatUint(id, 10)+" to be "+state, func() (bool, error) {
		views, err := stores(t, c, "?state=0&state=1&state=2")
		return views[id].Store.StateName == state, err
	})
}

// leads waits until a store leads as many regions as condition says.
func leads(t *testing.T, c *tikvcluster.Cluster, id uint64, what string, condition func(leaders int) bool) {
	t.Helper()
	until(t, "store "+strconv.FormatUint(id, 10)+" to lead "+what, func() (bool, error) {
		views, err := stores(t, c, "")
		return err == nil && condition(views[id].Status.Leaders), err
	})
}

// query asks Prometheus for an instant vector, by instance.
func query(t *testing.T, c *tikvcluster.Cluster, promQL string) (map[string]float64, error) {
	t.Helper()
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	_, err := get(t, http.MethodGet, c.PrometheusURL()+"/api/v1/query?query="+url.QueryEscape(promQL), "", &answer)
	values := map[string]float64{}
	for _, r := range answer.Data.Result {
		text, _ := r.Value[1].(string)
		values[r.Metric["instance"]], _ = strconv.ParseFloat(text, 64)
	}
	return values, err
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

// alive reports whether a process runs; one that only waits to be reaped by
// somebody else does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return !os.IsNotExist(err)
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}
