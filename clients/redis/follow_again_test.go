package redis_test

import (
	"strings"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// TestFollowingAfterARefusal has Redis want a password for a while. A connection
// made in that time must not be taken for one to a server that hides what it is.
func TestFollowingAfterARefusal(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	fill(t, rdb, 500)
	sweeper, seen := newSweeper(t, s.client(t), redis.SweeperOptions{Chains: 2}), picture{}
	seen.follows(t, sweeper)

	for _, kind := range []string{"normal", "pubsub"} {
		if err := rdb.ClientKillByFilter(t.Context(), "TYPE", kind, "SKIPME", "yes").Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := rdb.ConfigSet(t.Context(), "requirepass", "other").Err(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := sweeper.Step(t.Context(), time.Minute, []string{"key-1"}, seen.visit); failure.ClassOf(err) != failure.Unauthenticated {
			t.Fatalf("with a password that it has not: %v", err)
		}
	}
	if err := rdb.ConfigSet(t.Context(), "requirepass", "").Err(); err != nil {
		t.Fatal(err)
	}
	if progress := seen.follows(t, sweeper); progress.One != "" || progress.Off != "" {
		t.Errorf("%+v", progress)
	}

	// The connection over which changes are told is good for another pass.
	if err := sweeper.Restart(t.Context(), "a reason of the caller's"); err != nil {
		t.Fatal(err)
	}
	progress, err := sweeper.Step(t.Context(), time.Minute, nil, seen.visit)
	if err != nil || !progress.Complete || !progress.Following || strings.Contains(progress.Again, "lost") {
		t.Errorf("%+v, %v", progress, err)
	}
}
