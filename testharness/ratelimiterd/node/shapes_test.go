package node_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/internal/redistest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/node"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// A node is the same limiter on every Redis that it can be given.
func TestEveryShapeOfRedis(t *testing.T) {
	for _, shape := range redisset.Shapes() {
		t.Run(string(shape), func(t *testing.T) {
			set, err := redisset.Start(t.Context(), redisset.Options{Shape: shape, Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := set.Close(); err != nil {
					t.Error(err)
				}
			})
			n := start(t, &redistest.Redis{URL: set.NodeURL()}, func(s *node.Settings) {
				if set.Authority() != nil {
					s.RedisCA = set.Authority().CAFile()
				}
			})
			if err := wait.For(t.Context(), "the registration", func() (bool, error) {
				got := n.send(http.MethodGet, "/api/nodes", "")
				return strings.Contains(got.body, `"address":"`+n.address+`"`), nil
			}); err != nil {
				t.Fatal(err)
			}
			n.limits(t)
		})
	}
}

// limits takes two keys through what the interface has.
func (n *running) limits(t *testing.T) {
	t.Helper()
	check := func(key string) int { return n.send(http.MethodPost, "/check", `{"key":"`+key+`"}`).status }
	if got := n.send(http.MethodPut, "/api/limits/b%2Fown", `{"limit":2}`).status; got != http.StatusOK {
		t.Errorf("an own limit: %d", got)
	}
	want := map[string][]int{"a": {200, 200, 200}, "b/own": {200, 200, 429}}
	got := map[string][]int{}
	for range 3 {
		for key := range want {
			got[key] = append(got[key], check(key))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("checks (-want +got):\n%s", diff)
	}
	type counters struct {
		Counters []struct {
			Key                     string
			Count, Limit, Remaining int64
		}
	}
	listed := n.send(http.MethodGet, "/api/counters", "")
	const both = `{"counters":[{"key":"a","count":3,"limit":10,"remaining":7},{"key":"b/own","count":2,"limit":2,"remaining":0}]}`
	if diff := cmp.Diff(decode[counters](t, response{body: both}), decode[counters](t, listed)); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
	if blocks := n.send(http.MethodGet, "/api/blocks", "").body; !strings.Contains(blocks, "b/own") || strings.Contains(blocks, `"a"`) {
		t.Errorf("blocks = %s", blocks)
	}
	for _, want := range []string{`"reset":true`, `"reset":false`} {
		if got := n.send(http.MethodPost, "/api/counters/b%2Fown/reset", ""); !strings.Contains(got.body, want) {
			t.Errorf("reset = %s, want %s", got.body, want)
		}
	}
	if got := check("b/own"); got != http.StatusOK {
		t.Errorf("after the reset: %d", got)
	}
}

// The registration, too, is by the node's own clock.
func TestAWrongClockIsRegistered(t *testing.T) {
	r := redistest.New(t)
	start(t, r, func(s *node.Settings) { s.ClockOffset = -48 * time.Hour })
	if err := wait.For(t.Context(), "the registration", func() (bool, error) {
		text, err := r.Client.HGet(t.Context(), "ratelimiter:nodes:node-1", "registered_at").Result()
		if err != nil {
			return false, err
		}
		at, err := time.Parse(time.RFC3339Nano, text)
		if age := time.Since(at); err != nil || age < 47*time.Hour || age > 49*time.Hour {
			t.Errorf("registered at %s, %v", text, err)
		}
		return true, nil
	}); err != nil {
		t.Fatal(err)
	}
}
