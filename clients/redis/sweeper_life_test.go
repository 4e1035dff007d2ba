package redis_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

func TestSweeperByManyGoroutines(t *testing.T) {
	s := startServer(t)
	fill(t, s.admin(t), 2000)
	sweeper, seen := newSweeper(t, s.client(t), redis.SweeperOptions{Chains: 2, Keys: 600}), picture{}
	var all sync.WaitGroup
	var completed atomic.Int64
	for range 16 {
		all.Go(func() { // they take turns, so the picture needs no lock
			progress, err := sweeper.Step(t.Context(), time.Minute, nil, seen.visit)
			if err != nil {
				t.Error(err)
			}
			if progress.Complete {
				completed.Add(1)
			}
		})
	}
	all.Wait()
	if completed.Load() == 0 || len(seen) != 2000 {
		t.Errorf("%d passes were completed, %d counters seen", completed.Load(), len(seen))
	}
}

func TestSweeperCloses(t *testing.T) {
	s := startServer(t)
	c, err := redis.New(redis.Options{Addrs: []string{s.addr}})
	if err != nil {
		t.Fatal(err)
	}
	closed, left := newSweeper(t, c, redis.SweeperOptions{}), newSweeper(t, c, redis.SweeperOptions{})
	picture{}.follows(t, closed)
	picture{}.follows(t, left)
	s.signal(t, syscall.SIGSTOP)
	ended := make(chan error, 1)
	go func() {
		_, err := closed.Step(t.Context(), time.Minute, []string{"k"}, func(redis.Counter) {})
		ended <- err
	}()
	for _, end := range []func() error{closed.Close, closed.Close, c.Close, left.Close} {
		if err := end(); err != nil {
			t.Error(err)
		}
	}
	if err := <-ended; err == nil {
		t.Error("a step of a closed sweeper succeeded")
	}
	for _, sweeper := range []*redis.Sweeper{closed, left} {
		if _, err := sweeper.Step(t.Context(), time.Minute, nil, func(redis.Counter) {}); failure.ClassOf(err) != failure.Invalid {
			t.Errorf("a step after the end: %v", err)
		}
		if err := sweeper.Restart(t.Context(), "x"); failure.ClassOf(err) != failure.Invalid {
			t.Errorf("a restart after the end: %v", err)
		}
	}
	if _, err := c.NewSweeper(redis.SweeperOptions{}); failure.ClassOf(err) != failure.Invalid {
		t.Errorf("a sweeper of a closed client: %v", err)
	}
}

func TestSweeperRefusesWhatMakesNoSense(t *testing.T) {
	c := newClient(t, redis.Options{Addrs: []string{"192.0.2.1:1"}})
	for field, opts := range map[string]redis.SweeperOptions{
		"Count": {Count: -1}, "Chains": {Chains: 3}, "Budget": {Budget: -1}, "Keys": {Keys: -1},
		"Remembered": {Remembered: -1},
	} {
		if _, err := c.NewSweeper(opts); failure.ClassOf(err) != failure.Invalid || !strings.Contains(err.Error(), field+":") {
			t.Errorf("%s: %v", field, err)
		}
	}
	sweeper := newSweeper(t, c, redis.SweeperOptions{})
	if _, err := sweeper.Step(t.Context(), 0, nil, func(redis.Counter) {}); failure.ClassOf(err) != failure.Invalid {
		t.Errorf("no window: %v", err)
	}
	rdb := goredis.NewClient(&goredis.Options{
		Addr: "192.0.2.1:1", OnConnect: func(context.Context, *goredis.Conn) error { return nil },
	})
	defer func() { _ = rdb.Close() }()
	from, err := redis.NewFrom(rdb, redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := from.NewSweeper(redis.SweeperOptions{}); failure.ClassOf(err) != failure.Invalid {
		t.Errorf("connections that cannot be prepared: %v", err)
	}
}
