//go:build unix

package ratelimiter_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/systems/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// TestWhatIsLeftIsNotHealthy: whatever a fault may leave behind is seen, and
// when it is gone the stack is healthy again.
func TestWhatIsLeftIsNotHealthy(t *testing.T) {
	s := start(t, `{"nodes": 2, "prometheus": false, "registration_ttl": "900ms"}`)
	admin := s.Redis().Admin()
	do := func(args ...any) func(context.Context) error {
		return func(ctx context.Context) error { return admin.Do(ctx, args...).Err() }
	}
	cut := network.Toxic{Name: "cut", Type: network.Partition}
	var link *network.Link
	for _, l := range s.Links() {
		if l.Name() == "node-2->redis" {
			link = l
		}
	}
	cases := map[string]struct {
		reason     string
		hurt, heal func(context.Context) error
		want       string
	}{
		"OverLimit": {
			reason: "Requests that nobody allowed are still in force.",
			hurt: func(ctx context.Context) error {
				return admin.Do(ctx, "EVAL", `for i = 1, 101 do redis.call('ZADD', KEYS[1], ARGV[1], i) end redis.call('EXPIRE', KEYS[1], 60)`,
					1, "ratelimit:left", time.Now().UnixMilli()).Err()
			},
			heal: do("DEL", "ratelimit:left"), want: "over its limit: 101 of 100",
		},
		"NoExpiry": {
			reason: "A counter that can never drain.",
			hurt:   do("ZADD", "ratelimit:left", time.Now().UnixMilli(), "x"),
			heal:   do("DEL", "ratelimit:left"), want: "no expiry",
		},
		"WrongType": {
			reason: "Something else is in a counter's place.",
			hurt:   do("RPUSH", "ratelimit:user:1", "x"), heal: do("DEL", "ratelimit:user:1"), want: "none of the limiter's",
		},
		"Phantom": {
			reason: "A node is registered that there is not.",
			hurt:   do("HSET", "ratelimiter:nodes:node-9", "address", "127.0.0.1:1"),
			heal:   do("DEL", "ratelimiter:nodes:node-9"), want: "no node of ours",
		},
		"ReadOnly": {
			reason: "What takes no writes is of no use.",
			hurt:   do("CONFIG", "SET", "min-replicas-to-write", "1"), heal: do("CONFIG", "SET", "min-replicas-to-write", "0"), want: "redis",
		},
		"Partition": {
			reason: "A node that cannot reach Redis is not well, whoever else can.",
			hurt:   func(ctx context.Context) error { return link.Add(ctx, cut) },
			heal:   func(ctx context.Context) error { return link.Remove(ctx, cut.Name) }, want: "node-2",
		},
		"Hung": {
			reason: "A process that does nothing is not well.",
			hurt:   func(context.Context) error { return s.Nodes()[0].Hang() },
			heal:   func(context.Context) error { return s.Nodes()[0].Resume() }, want: "node-1: hung",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			ctx := within(t)
			if err := tc.hurt(ctx); err != nil && !isNil(err) {
				t.Fatal(err)
			}
			err := wait.For(ctx, "it to be seen", func() (bool, error) {
				err := s.Healthy(ctx)
				return err != nil && strings.Contains(err.Error(), tc.want), nil
			})
			if err != nil {
				t.Errorf("%s\n%v", tc.reason, err)
			}
			if err := tc.heal(ctx); err != nil {
				t.Fatal(err)
			}
			healthy(t, s)
		})
	}
	fingerprints(t, s)
	restartWithFlags(t, s)
}

// isNil: a script that returns nothing.
func isNil(err error) bool { return err == redis.Nil } //nolint:errorlint // it comes as it is

// fingerprints: a load makes no difference; a reset and a limit do, of their keys
// and of no other.
func fingerprints(t *testing.T, s *ratelimiter.Stack) {
	t.Helper()
	ctx := within(t)
	if err := s.Load(ctx, json.RawMessage(`{"rate": 40}`)); err != nil {
		t.Fatal(err)
	}
	look := func() map[string]string {
		prints, err := s.Fingerprint(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return prints
	}
	counted := func() int64 {
		n, err := s.Redis().Admin().ZCard(ctx, "ratelimit:user:2").Result()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	until := func(n int64) {
		if err := wait.For(ctx, "the load to go on", func() (bool, error) { return counted() >= n, nil }); err != nil {
			t.Fatal(err)
		}
	}
	until(1)
	look()
	until(counted() + 2)
	if prints := look(); len(prints) != 0 {
		t.Errorf("under load the fingerprint is %v, want nothing", prints)
	}
	acting := open(t, s)
	act(t, acting, "reset_counter", `{"key": "user:1"}`)
	act(t, acting, "update_limit", `{"key": "user:3", "limit": 70}`)
	prints := look()
	if len(prints) != 2 || prints["user:1"] == "" || prints["user:3"] != "limit 70 in 1m0s" {
		t.Errorf("after a reset of user:1 and a limit for user:3 the fingerprint is %v", prints)
	}
	if err := s.Load(ctx, json.RawMessage(`false`)); err != nil {
		t.Fatal(err)
	}
	before := counted()
	if again := look(); len(again) != 2 || again["user:1"] != prints["user:1"] || counted() != before {
		t.Errorf("without load it is %v, with %d requests, want %v, and %d", again, counted(), prints, before)
	}
}

// restartWithFlags: what a fault asks of one node.
func restartWithFlags(t *testing.T, s *ratelimiter.Stack) {
	t.Helper()
	ctx := within(t)
	if err := s.RestartNode(ctx, "node-2", "--default-limit=7"); err != nil {
		t.Fatal(err)
	}
	if got := defaultLimit(t, s.Nodes()[1].URL()); got != 7 {
		t.Errorf("default limit = %d, want that of the flag", got)
	}
	if err := s.RestartNode(ctx, "node-2"); err != nil {
		t.Fatal(err)
	}
	if got := defaultLimit(t, s.Nodes()[1].URL()); got != 100 {
		t.Errorf("default limit = %d, want that of before", got)
	}
	if err := s.RestartNode(ctx, "node-3"); err == nil {
		t.Error("a node that there is not was restarted")
	}
}
