package ratelimiter

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/servers"
)

// fake is a limiter that can be made to do what a real one cannot: its nodes and
// its Prometheus are handlers that answer as was recorded, or as a test says;
// its Redis is real.
type fake struct {
	t     *testing.T
	nodes []*httptest.Server
	prom  *httptest.Server
	rdb   *goredis.Client

	mu      sync.Mutex
	answers map[string]http.HandlerFunc // by method and path, "GET /api/nodes"
	asked   []string
	metrics map[string]string // query results by a part of the query
}

// newFake starts a limiter of three nodes that is well: the counters of the
// recording in Redis, and in Prometheus what they would have made of it.
func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{t: t, answers: make(map[string]http.HandlerFunc), metrics: make(map[string]string)}
	for i := range 3 {
		node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.serve(i, w, r) }))
		t.Cleanup(node.Close)
		f.nodes = append(f.nodes, node)
	}
	f.prom = httptest.NewServer(http.HandlerFunc(f.query))
	t.Cleanup(f.prom.Close)
	f.startRedis()

	for path, recording := range map[string]string{
		"/api/counters": "counters", "/api/limits": "limits", "/api/blocks": "blocks",
	} {
		f.on("GET "+path, replay(t, recording))
	}
	f.on("GET /api/nodes", f.registry(recorded(t, "nodes").Response.Body))
	var counters struct{ Counters []CounterState }
	if err := json.Unmarshal([]byte(recorded(t, "counters").Response.Body), &counters); err != nil {
		t.Fatal(err)
	}
	allowed := []string{}
	for _, c := range counters.Counters {
		f.fill(c.Key, int(*c.Count))
		allowed = append(allowed, sample(map[string]string{"key": c.Key}, float64(*c.Count)))
	}
	f.metric("increase(", allowed...)
	f.metric("count(", sample(map[string]string{"series": "with_key"}, 6))
	latency := []string{}
	for i := range f.nodes {
		latency = append(latency, sample(map[string]string{"node_id": nodeID(i), "instance": f.address(i)}, 2))
	}
	f.metric("histogram_quantile(", latency...)
	return f
}

func (f *fake) startRedis() {
	f.t.Helper()
	redis, address, err := servers.StartRedis(f.t.Context(), f.t.TempDir())
	if err != nil {
		f.t.Fatal(err)
	}
	f.rdb = goredis.NewClient(&goredis.Options{Addr: address})
	f.t.Cleanup(func() {
		_ = f.rdb.Close()
		if err := redis.Close(); err != nil {
			f.t.Error(err)
		}
	})
}

// fill gives a key a counter of n requests made just now.
func (f *fake) fill(key string, n int) {
	f.t.Helper()
	members := make([]goredis.Z, n)
	for i := range members {
		members[i] = goredis.Z{Score: float64(time.Now().UnixMilli()), Member: fmt.Sprintf("%d-%d", time.Now().UnixNano(), i)}
	}
	pipe := f.rdb.Pipeline()
	pipe.ZAdd(f.t.Context(), "ratelimit:"+key, members...)
	pipe.PExpire(f.t.Context(), "ratelimit:"+key, time.Minute)
	if _, err := pipe.Exec(f.t.Context()); err != nil {
		f.t.Error(err)
	}
}

func nodeID(i int) string { return fmt.Sprintf("node-%d", i+1) }

func (f *fake) address(i int) string { return strings.TrimPrefix(f.nodes[i].URL, "http://") }

// on sets the answer to one kind of call, of every node.
func (f *fake) on(call string, answer http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[call] = answer
}

func (f *fake) serve(node int, w http.ResponseWriter, r *http.Request) {
	call := r.Method + " " + r.URL.EscapedPath()
	f.mu.Lock()
	f.asked = append(f.asked, call)
	answer := f.answers[call]
	f.mu.Unlock()
	switch {
	case answer != nil:
		answer(w, r)
	case call == "GET /health":
		_, _ = fmt.Fprintf(w, `{"status":"healthy","node_id":%q}`, nodeID(node))
	default:
		http.NotFound(w, r)
	}
}

// calls returns what the nodes have been asked since it was last called.
func (f *fake) calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	asked := f.asked
	f.asked = nil
	return asked
}

// registry answers with a recorded registry, with the addresses of the fake's
// nodes in place of the recorded ones.
func (f *fake) registry(body string) http.HandlerFunc {
	for i := range f.nodes {
		body = strings.ReplaceAll(body, fmt.Sprintf("127.0.0.1:1800%d", i+1), f.address(i))
	}
	return answerWith(http.StatusOK, body)
}

func answerWith(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// metric sets the samples that queries which contain part are answered with.
func (f *fake) metric(part string, samples ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.metrics[part] = `{"status":"success","data":{"resultType":"vector","result":[` + strings.Join(samples, ",") + `]}}`
}

func sample(labels map[string]string, value float64) string {
	doc, err := json.Marshal(map[string]any{"metric": labels, "value": []any{1.7e9, fmt.Sprint(value)}})
	if err != nil {
		panic(err) // a map of strings has JSON
	}
	return string(doc)
}

// query answers a query of Prometheus's API.
func (f *fake) query(w http.ResponseWriter, r *http.Request) {
	query := r.FormValue("query")
	f.mu.Lock()
	defer f.mu.Unlock()
	for part, result := range f.metrics {
		if strings.Contains(query, part) {
			_, _ = io.WriteString(w, result)
			return
		}
	}
	http.Error(w, `{"status":"error","errorType":"bad_data","error":"no such query"}`, http.StatusBadRequest)
}

// config is the configuration for all of the fake, further fields on top.
func (f *fake) config(fields map[string]any) string {
	config := map[string]any{
		"management": map[string]any{"urls": []string{f.nodes[0].URL}},
		"redis":      map[string]any{"url": "redis://" + f.rdb.Options().Addr},
		"prometheus": map[string]any{"url": f.prom.URL},
	}
	maps.Copy(config, fields)
	doc, err := json.Marshal(config)
	if err != nil {
		f.t.Fatal(err)
	}
	return string(doc)
}

// recording is a real exchange with the service that the API comes from.
type recording struct {
	Response struct {
		Status      int
		ContentType string `json:"content_type"`
		Body        string
	}
}

func recorded(t *testing.T, name string) recording {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("testdata", "recordings", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(doc, &r); err != nil {
		t.Fatalf("recording %s: %v", name, err)
	}
	return r
}

func replay(t *testing.T, name string) http.HandlerFunc {
	t.Helper()
	r := recorded(t, name)
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", r.Response.ContentType)
		w.WriteHeader(r.Response.Status)
		_, _ = io.WriteString(w, r.Response.Body)
	}
}
