//go:build unix

package cluster_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

var build cluster.Build

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		own(role)
		return
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { os.Exit(build.Exit(code)) }))
}

func binary(t *testing.T) string {
	t.Helper()
	path, err := build.Node(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// fast is a cluster without Prometheus whose registrations expire soon.
func fast(t *testing.T) cluster.Options {
	t.Helper()
	return cluster.Options{
		NodeBinary: binary(t), WithoutPrometheus: true, DefaultLimit: 10,
		RegistrationTTL: 900 * time.Millisecond, Heartbeat: 300 * time.Millisecond, RedisTimeout: 300 * time.Millisecond,
	}
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

// call makes one HTTP request and decodes its JSON answer into v where that is
// not nil; a *string takes the answer as it is.
func call(t *testing.T, method, url, body string, v any) (status int, err error) {
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
	switch v := v.(type) {
	case nil:
	case *string:
		*v = string(answer)
	default:
		err = errors.Join(err, json.Unmarshal(answer, v))
	}
	return resp.StatusCode, err
}

// get reads what is not JSON.
func get(t *testing.T, url string) (body string, err error) {
	t.Helper()
	_, err = call(t, http.MethodGet, url, "", &body)
	return body, err
}

// registered are the ids and addresses in a node's list of nodes.
func registered(t *testing.T, n *cluster.Node) (map[string]string, error) {
	t.Helper()
	var list struct {
		Nodes []struct{ ID, Address string }
	}
	_, err := call(t, http.MethodGet, n.URL()+"/api/nodes", "", &list)
	ids := map[string]string{}
	for _, n := range list.Nodes {
		ids[n.ID] = n.Address
	}
	return ids, err
}

// query asks Prometheus for an instant vector, by the labels' JSON.
func query(t *testing.T, c *cluster.Cluster, promQL string) (map[string]string, error) {
	t.Helper()
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	_, err := call(t, http.MethodGet, c.PrometheusURL()+"/api/v1/query?query="+url.QueryEscape(promQL), "", &answer)
	values := map[string]string{}
	for _, r := range answer.Data.Result {
		delete(r.Metric, "instance")
		labels, _ := json.Marshal(r.Metric) // a map of strings has JSON
		values[string(labels)], _ = r.Value[1].(string)
	}
	return values, err
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

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
