package node_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/internal/redistest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/node"
)

// recording is one exchange with the service whose contract the node follows.
type recording struct {
	Request  struct{ Method, Path, Body string }
	Response struct {
		Status      int
		ContentType string `json:"content_type"`
		Headers     map[string]string
		Body        string
	}
}

// situation is what had happened before a recording.
type situation struct {
	counts map[string]int // requests in the window
	limits map[string]int // own limits
	down   bool           // Redis is
}

var (
	mixed = map[string]int{"user:3": 1, "ключ": 2, `key"quote`: 1, "user:1": 3, "api:gold tier": 1, "user:2": 10}

	situations = map[string]situation{
		"blocks":                    {counts: mixed},
		"blocks-after-custom-limit": {counts: mixed, limits: map[string]int{"user:1": 2}},
		"blocks-redis-down":         {down: true},
		"check-allowed":             {counts: map[string]int{"ключ": 1}},
		"check-blocked":             {counts: map[string]int{"user:2": 10}},
		"counters":                  {counts: mixed},
		"counters-over-limit":       {counts: mixed, limits: map[string]int{"user:1": 2}},
		"counters-redis-down":       {down: true},
		"health-redis-down":         {down: true},
		"limits-redis-down":         {down: true},
		"nodes-redis-down":          {down: true},
		"reset-existing":            {counts: mixed},
		"reset-key-with-space":      {counts: mixed},
	}
)

// different are the answers that are other than the recorded ones on purpose.
var different = map[string]struct {
	reason string
	status int
	body   string
}{
	"blocks-after-custom-limit": {
		"One key with its own limit does not take the whole listing down, and is judged by it.", 200,
		`{"blocked":[{"key":"user:1","current_count":3,"limit":2},{"key":"user:2","current_count":10,"limit":10}]}`,
	},
	"blocks-redis-down":   {"A failing dependency is a 503 that says which.", 503, `{"detail":"redis: not reachable: *"}`},
	"counters-redis-down": {"The same.", 503, `{"detail":"redis: not reachable: *"}`},
	"nodes-redis-down":    {"The same.", 503, `{"detail":"redis: not reachable: *"}`},
	"nodes": {
		"The time of registration says its zone; this is one node alone.", 200,
		`{"nodes":[{"id":"node-1","address":"127.0.0.1:*","state":"Up","registered_at":"*Z"}]}`,
	},
	"reset-key-with-slash": {"A key with a slash is a key.", 200, `{"key":"a/b","reset":false}`},
	"update-limit-negative": {
		"A limit below zero is a mistake.", 422,
		`{"detail":[{"loc":["body","limit"],"msg":"ensure this value is greater than or equal to 0","type":"value_error.number.not_ge"}]}`,
	},
}

func TestRecordings(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/recordings/*.json")
	if err != nil || len(files) != 28 {
		t.Fatalf("%d recordings, %v; want all 28", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if name == "metrics" {
			continue // not JSON: TestMetricsAreThoseThatWereRecorded
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := load(t, file)
			r := redistest.New(t)
			n := start(t, r, func(s *node.Settings) { s.Heartbeat = 20 * time.Millisecond })
			before(t, n, situations[name])

			got := n.send(rec.Request.Method, rec.Request.Path, rec.Request.Body)
			want, contentType := rec.Response, rec.Response.ContentType
			reason := "The answer is the recorded one."
			if d, ok := different[name]; ok {
				reason, want.Status, want.Body, contentType = d.reason, d.status, d.body, "application/json"
			}
			if got.status != want.Status || got.header.Get("Content-Type") != contentType {
				t.Errorf("%s\nstatus %d, %s; want %d, %s", reason, got.status, got.header.Get("Content-Type"), want.Status, contentType)
			}
			if diff := cmp.Diff(decodeAny(t, want.Body), decodeAny(t, got.body), cmp.FilterValues(pattern, cmp.Comparer(matches))); diff != "" {
				t.Errorf("%s\nbody (-want +got):\n%s", reason, diff)
			}
			for _, header := range []string{"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"} {
				if got.header.Get(header) != want.Headers[header] {
					t.Errorf("%s = %q, want %q", header, got.header.Get(header), want.Headers[header])
				}
			}
		})
	}
}

func load(t *testing.T, file string) recording {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rec recording
	if err := json.Unmarshal(data, &rec); err != nil {
		t.Fatal(err)
	}
	return rec
}

// before brings the situation about, in Redis itself so that it takes no time.
func before(t *testing.T, n *running, s situation) {
	t.Helper()
	ctx, client := t.Context(), n.redis.Client
	at, err := client.Time(ctx).Result()
	if err != nil {
		t.Fatal(err)
	}
	pipe := client.Pipeline()
	for key, count := range s.counts {
		for i := range count {
			pipe.ZAdd(ctx, "ratelimit:"+key, redis.Z{Score: float64(at.UnixMilli()), Member: fmt.Sprint("before-", i)})
		}
	}
	for key, limit := range s.limits {
		pipe.HSet(ctx, "ratelimit:limit:"+key, "limit", limit, "window_ms", 60_000)
	}
	if pipe.Len() > 0 {
		if _, err := pipe.Exec(ctx); err != nil {
			t.Fatal(err)
		}
	}
	waitUntilRegistered(t, n)
	if s.down {
		if err := n.redis.Kill(); err != nil {
			t.Fatal(err)
		}
	}
}

// decodeAny decodes a body, its lists in order of their keys: in which order a
// listing comes is not part of the contract.
func decodeAny(t *testing.T, body string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		return body
	}
	if object, ok := v.(map[string]any); ok {
		for _, member := range object {
			if list, ok := member.([]any); ok {
				slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			}
		}
	}
	return v
}

// pattern and matches compare texts of which one has a "*" for anything.
func pattern(a, b string) bool { return strings.Contains(a, "*") != strings.Contains(b, "*") }

func matches(a, b string) bool {
	if strings.Contains(b, "*") {
		a, b = b, a
	}
	begin, end, _ := strings.Cut(a, "*")
	return strings.HasPrefix(b, begin) && strings.HasSuffix(b, end)
}

func TestMetricsAreThoseThatWereRecorded(t *testing.T) {
	rec := load(t, "testdata/recordings/metrics.json")
	n := start(t, redistest.New(t), func(s *node.Settings) { s.MetricsKeyLabel, s.MetricsNodeLabel = false, false })
	n.send("POST", "/check", checkBody("k"))
	for _, path := range []string{rec.Request.Path, "/metrics"} {
		got := n.send("GET", path, "")
		if got.status != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8") {
			t.Errorf("%s: status %d, %s", path, got.status, got.header.Get("Content-Type"))
		}
		recorded := 0
		for line := range strings.Lines(rec.Response.Body) {
			name, _, _ := strings.Cut(line, " ")
			// Not ours: when a counter was made, which is OpenMetrics in the
			// wrong place, and two gauges that the contract does not mention.
			if !strings.HasPrefix(name, "ratelimiter_") || strings.Contains(name, "_created") ||
				name == "ratelimiter_node_up" || name == "ratelimiter_active_counters" {
				continue
			}
			name = strings.Replace(name, `le="1.0"`, `le="1"`, 1)
			if !strings.Contains(got.body, "\n"+name+" ") {
				t.Errorf("%s: there is no %s", path, name)
			}
			recorded++
		}
		if recorded < 10 {
			t.Errorf("%d series in the recording, want more", recorded)
		}
	}
}
