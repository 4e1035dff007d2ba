//go:build unix

package cluster_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/clustertest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/prometheus"
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

// registered are the ids and addresses in a node's list of nodes.
func registered(t *testing.T, n *cluster.Node) (map[string]string, error) {
	t.Helper()
	var list struct {
		Nodes []struct{ ID, Address string }
	}
	_, err := clustertest.Call(t, http.MethodGet, n.URL()+"/api/nodes", "", &list)
	ids := map[string]string{}
	for _, n := range list.Nodes {
		ids[n.ID] = n.Address
	}
	return ids, err
}

// query asks Prometheus for an instant vector, by the labels' JSON.
func query(t *testing.T, c *cluster.Cluster, promQL string) (map[string]float64, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	samples, err := prometheus.Query(ctx, c.PrometheusURL(), promQL)
	values := map[string]float64{}
	for _, s := range samples {
		delete(s.Labels, "instance")
		labels, _ := json.Marshal(s.Labels) // a map of strings has JSON
		values[string(labels)] = s.Value
	}
	return values, err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
