package node_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/internal/redistest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/node"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// calls are all that a node can be asked, and whether it takes a Redis.
var calls = []struct {
	method, path, body string
	needsRedis         bool
}{
	{"POST", "/check", `{"key":"k"}`, true},
	{"GET", "/api/nodes", "", true},
	{"GET", "/api/counters", "", true},
	{"GET", "/api/blocks", "", true},
	{"POST", "/api/counters/k/reset", "", true},
	{"PUT", "/api/limits/k", `{"limit":5}`, true},
	{"GET", "/api/limits", "", false},
	{"GET", "/health", "", false},
	{"GET", "/metrics", "", false},
}

func TestRedisGone(t *testing.T) {
	const redisTimeout = 500 * time.Millisecond
	cases := map[string]struct {
		reason string
		hurt   func(*redistest.Redis) error
		mend   func(*testing.T, *redistest.Redis) error
		want   string
	}{
		"Killed": {
			"A dead Redis refuses, which is told at once.", func(r *redistest.Redis) error { return r.Kill() },
			func(t *testing.T, r *redistest.Redis) error { t.Helper(); return r.Restart(t.Context()) },
			"connection refused",
		},
		"Hung": {
			"A hung one is waited for until the timeout, and no longer.", func(r *redistest.Redis) error { return r.Hang() },
			func(_ *testing.T, r *redistest.Redis) error { return r.Resume() },
			"no answer within 500ms",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := redistest.New(t)
			n := start(t, r, func(s *node.Settings) { s.RedisTimeout = redisTimeout })
			for _, call := range calls {
				if got := n.send(call.method, call.path, call.body); got.status != 200 {
					t.Fatalf("before: %s %s: %d %s", call.method, call.path, got.status, got.body)
				}
			}
			if err := tc.hurt(r); err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for range 5 { // more at once than one connection
				for _, call := range calls {
					all.Go(func() {
						begin := time.Now()
						got, err := n.trySend(call.method, call.path, call.body)
						took := time.Since(begin)
						switch {
						case err != nil || took > redisTimeout+5*time.Second:
							t.Errorf("%s\n%s %s: %v after %s", tc.reason, call.method, call.path, err, took)
						case call.needsRedis && (got.status != 503 || !strings.HasPrefix(got.body, `{"detail":"redis: `) || !strings.Contains(got.body, tc.want)):
							t.Errorf("%s\n%s %s: %d %s", tc.reason, call.method, call.path, got.status, got.body)
						case !call.needsRedis && got.status != 200:
							t.Errorf("what needs no Redis answers without: %s %s: %d", call.method, call.path, got.status)
						}
					})
				}
			}
			all.Wait()
			if err := tc.mend(t, r); err != nil {
				t.Fatal(err)
			}
			if err := wait.For(t.Context(), "the node to recover", func() (bool, error) {
				got, err := n.trySend("POST", "/check", `{"key":"after"}`)
				return got.status == 200, err
			}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFailOpen(t *testing.T) {
	r := redistest.New(t)
	n := start(t, r, func(s *node.Settings) { s.FailOpen = true })
	if err := r.Kill(); err != nil {
		t.Fatal(err)
	}
	for range 15 { // beyond the limit of 10
		got := n.send("POST", "/check", checkBody("k"))
		if want := `{"allowed":true,"current_count":null,"remaining":null,"retry_after_seconds":0}`; got.status != 200 || got.body != want {
			t.Fatalf("check: %d %s, want %s", got.status, got.body, want)
		}
		if got.header.Get("X-RateLimit-Remaining") != "" {
			t.Error("what remains is not known")
		}
	}
	if got := n.send("GET", "/api/counters", ""); got.status != 503 {
		t.Errorf("counters: %d: to fail open is for checks only", got.status)
	}
	metrics := n.send("GET", "/metrics", "").body
	for _, want := range []string{
		`ratelimiter_requests_checked_total{key="k",node_id="node-1",result="allowed"} 15`,
		`ratelimiter_check_errors_total{node_id="node-1"} 15`,
		`ratelimiter_check_duration_seconds_count{node_id="node-1"} 15`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics do not contain %s", want)
		}
	}
}

func TestThreeNodesShareOneLimit(t *testing.T) {
	r := redistest.New(t)
	nodes := make([]*running, 3)
	for i := range nodes {
		nodes[i] = start(t, r, func(s *node.Settings) { s.NodeID = fmt.Sprint("node-", i+1) })
	}
	const askers, limit = 200, 50
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	var allowed, blocked atomic.Int64
	var all sync.WaitGroup
	for i := range askers {
		all.Go(func() {
			url := "http://" + nodes[i%len(nodes)].address + "/check"
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(`{"key":"k","limit":50}`))
			if err != nil {
				t.Error(err)
				return
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = resp.Body.Close() }()
			_, _ = io.Copy(io.Discard, resp.Body)
			switch resp.StatusCode {
			case http.StatusOK:
				allowed.Add(1)
			case http.StatusTooManyRequests:
				blocked.Add(1)
			default:
				t.Errorf("status %d", resp.StatusCode)
			}
		})
	}
	all.Wait()
	if allowed.Load() != limit || blocked.Load() != askers-limit {
		t.Errorf("%d allowed and %d blocked, want exactly %d and %d", allowed.Load(), blocked.Load(), limit, askers-limit)
	}
}
