package redis_test

import (
	"context"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

func TestSweeperResumesAfterAnError(t *testing.T) {
	s := startServer(t)
	fill(t, s.admin(t), 3000)
	sweeper, seen := newSweeper(t, s.client(t), redis.SweeperOptions{Budget: time.Microsecond, Count: 100, Chains: 2}), picture{}
	for range 5 {
		seen.step(t, sweeper)
	}
	s.signal(t, syscall.SIGSTOP)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	_, err := sweeper.Step(ctx, time.Minute, nil, seen.visit)
	cancel()
	if failure.ClassOf(err) != failure.Timeout {
		t.Errorf("while Redis is stopped: %v", err)
	}
	s.signal(t, syscall.SIGCONT)
	progress, _ := seen.pass(t, sweeper)
	if progress.Round != 1 || len(seen) != 3000 {
		t.Errorf("%d counters after %+v", len(seen), progress)
	}
}

func TestSweeperBeginsAnewWhenRedisWasRestarted(t *testing.T) {
	port := freePort(t)
	s := spawn(t, port)
	if !s.ready(t) {
		t.Fatal("it does not start")
	}
	fill(t, s.admin(t), 3000)
	sweeper, seen := newSweeper(t, s.client(t), redis.SweeperOptions{Budget: time.Microsecond, Count: 100}), picture{}
	for range 5 {
		seen.step(t, sweeper)
	}
	s.kill()
	if _, err := sweeper.Step(t.Context(), time.Minute, nil, seen.visit); failure.ClassOf(err) != failure.Unreachable {
		t.Errorf("while it is gone: %v", err)
	}
	s = spawn(t, port)
	if !s.ready(t) {
		t.Fatal("it does not start again")
	}
	fill(t, s.admin(t), 3000)
	clear(seen)
	progress, _ := seen.pass(t, sweeper)
	if progress.Round != 2 || len(seen) != 3000 {
		t.Errorf("%d counters after %+v", len(seen), progress)
	}
}

// TestSweeperFindsNoMoreThanItCanRead: keys whose reads fail wait to be read
// again, and must not pile up meanwhile.
func TestSweeperFindsNoMoreThanItCanRead(t *testing.T) {
	for _, command := range []string{"ZCOUNT", "PTTL", "EXISTS"} {
		t.Run(command, func(t *testing.T) {
			var loading atomic.Bool
			var mu sync.Mutex
			cursors := map[string]bool{} // that were asked for while it loads
			c := newClient(t, redis.Options{Addrs: []string{fake{keys: 50, instead: func(args []string) string {
				if !loading.Load() {
					return ""
				}
				if args[0] == "SCAN" {
					mu.Lock()
					defer mu.Unlock()
					cursors[args[1]] = true
				}
				if args[0] == command {
					return "-LOADING Redis is loading the dataset in memory\r\n"
				}
				return ""
			}}.start(t)}})
			sweeper, visits := newSweeper(t, c, redis.SweeperOptions{Untracked: true, Budget: time.Minute}), map[string]int{}
			visit := func(c redis.Counter) { visits[c.Key]++ }
			loading.Store(true)
			for range 5 {
				progress, err := sweeper.Step(t.Context(), time.Minute, nil, visit)
				if failure.ClassOf(err) != failure.Loading || progress.Complete {
					t.Fatalf("%+v, %v", progress, err)
				}
			}
			if len(cursors) > 2 || len(visits) > 0 {
				t.Errorf("%d pages were fetched and %d counters told while none could be read", len(cursors), len(visits))
			}
			loading.Store(false)
			progress, err := sweeper.Step(t.Context(), time.Minute, nil, visit)
			if err != nil || !progress.Complete || progress.Round != 1 || progress.Last.Counters != 50 || len(visits) != 50 {
				t.Errorf("%d counters, %+v, %v", len(visits), progress, err)
			}
		})
	}
}
