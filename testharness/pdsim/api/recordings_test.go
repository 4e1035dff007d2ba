package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/api"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
)

// recording is an exchange with a real PD v8.5.
type recording struct {
	Request  struct{ Method, Path, Body string }
	Response struct {
		Status      int
		ContentType string `json:"content_type"`
		Body        string
	}
}

func load(t *testing.T, path string) recording {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(content, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// situation brings a cluster of four stores into the state in which a recording
// was made.
func situation(t *testing.T, name string, c *sim.Cluster) {
	t.Helper()
	if strings.HasSuffix(name, "not-bootstrapped") {
		return
	}
	for id := range uint64(4) {
		beat(t, c, id+1)
	}
	var err error
	switch name {
	case "operators":
		err = c.TransferLeader(52, 4)
	case "scheduler-evict-leader-config", "scheduler-remove-evict-leader", "schedulers-with-evict-leader", "scheduler-evict-leader-unknown-store":
		_, err = c.EvictLeaders(2)
	case "stores-disconnected":
		silence(c, 25*time.Second)
	case "stores-down":
		silence(c, 31*time.Minute)
	case "stores-offline":
		silence(c, 31*time.Minute)
		err = c.RemoveStore(4, true)
	case "stores-physically-destroyed", "stores-all-states":
		silence(c, 31*time.Minute)
		err = errors.Join(c.RemoveStore(3, true), c.RemoveStore(4, true))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func beat(t *testing.T, c *sim.Cluster, id uint64) {
	t.Helper()
	_, err := c.Heartbeat(sim.Report{
		StoreID: id, Address: "mock:://tikv-" + string(rune('0'+id)), Version: "v8.5.2", Started: time.Now().Add(-time.Hour),
		Capacity: 1 << 40, Available: 1020 << 30, Used: 3824668377,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// silence lets time pass without a heartbeat.
func silence(c *sim.Cluster, d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		c.Step()
	}
}

func newCluster(t *testing.T) *sim.Cluster {
	t.Helper()
	s := sim.Defaults()
	s.BootstrapStores = 4
	c, err := sim.New(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func ask(c *sim.Cluster, method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	handler := api.New(c, api.Member{Name: "pd1", URL: "http://127.0.0.1:12379"})
	handler.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body)))
	return w
}

func TestRecordings(t *testing.T) {
	paths, err := filepath.Glob("testdata/recordings/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no recordings, %v", err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		t.Run(name, func(t *testing.T) {
			r := load(t, path)
			synctest.Test(t, func(t *testing.T) {
				c := newCluster(t)
				situation(t, name, c)
				compare(t, r, ask(c, r.Request.Method, r.Request.Path, r.Request.Body))
			})
		})
	}
}

// compare wants the same status, content type and layout, and of a body the same
// keys in the same order with the same types, or, where it is a text or does not
// depend on the cluster, the same body.
func compare(t *testing.T, want recording, got *httptest.ResponseRecorder) {
	t.Helper()
	body := got.Body.String()
	if got.Code != want.Response.Status {
		t.Errorf("status = %d, want %d: %s", got.Code, want.Response.Status, body)
	}
	if diff := cmp.Diff(want.Response.ContentType, got.Header().Get("Content-Type")); diff != "" {
		t.Errorf("content type (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(layout(want.Response.Body), layout(body)); diff != "" {
		t.Errorf("layout (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(shape(t, want.Response.Body), shape(t, body)); diff != "" {
		t.Errorf("shape (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(states(want.Response.Body), states(body)); diff != "" {
		t.Errorf("states of stores (-want +got):\n%s", diff)
	}
}

// The parts of a layout that are not JSON's business.
type look struct{ Newline, Indented bool }

func layout(body string) look {
	return look{strings.HasSuffix(body, "\n"), strings.Contains(body, "\n  ")}
}

// states are the stores of a list and what is said of each.
func states(body string) []string {
	var list struct {
		Stores []struct {
			Store struct {
				ID        uint64
				State     int
				NodeState int    `json:"node_state"`
				Name      string `json:"state_name"`
			}
		}
	}
	if json.Unmarshal([]byte(body), &list) != nil {
		return nil // it is no list of stores
	}
	var all []string
	for _, s := range list.Stores {
		all = append(all, string(rune('0'+s.Store.ID))+" "+s.Store.Name)
	}
	slices.Sort(all)
	return all
}

func TestExactAnswers(t *testing.T) {
	for name, tc := range map[string]struct{ reason string }{
		"config-schedule":                 {"A new PD has PD's configuration."},
		"scheduler-evict-leader-config":   {"It depends on the store only."},
		"cluster-status-not-bootstrapped": {"There is nothing yet."},
		"operator-malformed":              {"The decoder's words are Go's."},
		"regions-down-peer":               {"There are none."},
	} {
		t.Run(name, func(t *testing.T) {
			r := load(t, filepath.Join("testdata", "recordings", name+".json"))
			c := newCluster(t)
			situation(t, name, c)
			want, got := r.Response.Body, ask(c, r.Request.Method, r.Request.Path, r.Request.Body).Body.String()
			if name == "config-schedule" { // whose schedulers have an order of their own
				want, got = sorted(t, want), sorted(t, got)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// sorted are the lines of a text in order, without the commas at their ends.
func sorted(t *testing.T, text string) string {
	t.Helper()
	lines := strings.Split(strings.ReplaceAll(text, ",\n", "\n"), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestRegion52AsRecorded(t *testing.T) {
	r := load(t, "testdata/recordings/region-by-id.json")
	c := newCluster(t)
	situation(t, "region-by-id", c)
	if diff := cmp.Diff(r.Response.Body, ask(c, http.MethodGet, r.Request.Path, "").Body.String()); diff != "" {
		t.Errorf("region 52 (-want +got):\n%s", diff)
	}
}
