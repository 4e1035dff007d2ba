package redis_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

func TestSweeperKeepsToItsBudget(t *testing.T) {
	s := startServer(t)
	fill(t, s.admin(t), 20_000)
	sweeper, seen := newSweeper(t, s.client(t), redis.SweeperOptions{Budget: time.Microsecond, Count: 100, Untracked: true}), picture{}
	progress, steps := seen.pass(t, sweeper)
	if steps < 100 || len(seen) != 20_000 {
		t.Errorf("%d counters in %d steps", len(seen), steps)
	}
	if progress.Fresh || progress.Round != 1 || progress.Last.Ended.Before(progress.Last.Began) {
		t.Errorf("%+v", progress)
	}
	progress = seen.step(t, sweeper, "key-7")
	if !progress.Fresh || progress.Complete || progress.Round != 2 || progress.Visited.Asked != 1 || progress.Swept == 0 ||
		progress.Swept > *progress.Total/2 {
		t.Errorf("the step after: %+v", progress)
	}
}

// TestSweeperOfASharedDatabase bounds the walk by the keys that the server looks
// at, not by those that are the limiter's.
func TestSweeperOfASharedDatabase(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	hit(t, rdb, "k", 0, time.Second)
	for i := range 20 {
		pairs := make([]any, 0, 2000)
		for j := range 1000 {
			pairs = append(pairs, fmt.Sprintf("session:%d", i*1000+j), "x")
		}
		rdb.MSet(t.Context(), pairs...)
	}
	for _, chains := range []int{1, 2} {
		sweeper, seen := newSweeper(t, s.client(t), redis.SweeperOptions{
			Chains: chains, Keys: 2000, Untracked: true, Budget: time.Minute,
		}), picture{}
		progress, steps := seen.pass(t, sweeper)
		if steps < 5 || steps > 20 || len(seen) != 1 || *progress.Total != 20_002 {
			t.Errorf("%d chains: %d steps for 20,002 keys by 2,000, %d counters, %+v", chains, steps, len(seen), progress)
		}
	}
}

// TestSweeperRounds begins in an empty database, which takes one step to see.
func TestSweeperRounds(t *testing.T) {
	s := startServer(t)
	sweeper, seen := newSweeper(t, s.client(t), redis.SweeperOptions{Untracked: true, Budget: time.Minute}), picture{}
	for round := 1; round <= 3; round++ {
		p := seen.step(t, sweeper)
		if p.Round != round || !p.Fresh || !p.Complete || p.Last.Counters != int64(round-1) || len(seen) != round-1 {
			t.Fatalf("round %d: %+v with %+v", round, p, p.Last)
		}
		if p.Total == nil || *p.Total != p.Swept || p.Last.Ended.Before(p.Last.Began) {
			t.Errorf("round %d: %+v", round, p)
		}
		hit(t, s.admin(t), fmt.Sprint(round), 0, time.Second)
		s.admin(t).Del(t.Context(), fmt.Sprintf("ratelimit:%d:seq", round))
	}
}

// counted counts the pipelines that are written to connections with a given word
// in them.
type counted struct {
	net.Conn
	word string
	n    *atomic.Int64
}

func (c *counted) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(c.word)) {
		c.n.Add(1)
	}
	return c.Conn.Write(b)
}

// dialCounted makes connections whose pipelines with that word are counted.
func dialCounted(word string, n *atomic.Int64) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		cn, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &counted{Conn: cn, word: word, n: n}, nil
	}
}

func TestSweeperCostsOneTripPerPage(t *testing.T) {
	s := startServer(t)
	fill(t, s.admin(t), 1000)
	var trips atomic.Int64
	c := newClient(t, redis.Options{Addrs: []string{s.addr}, Dialer: dialCounted("\r\n", &trips)})
	sweeper, seen := newSweeper(t, c, redis.SweeperOptions{Count: 500, Untracked: true, Budget: time.Minute}), picture{}
	progress := seen.step(t, sweeper)
	if !progress.Complete || len(seen) != 1000 {
		t.Fatalf("%d counters, %+v", len(seen), progress)
	}
	// 2,010 keys in pages of about 500 are some five round trips, then come the
	// reads of the last page, and the own limits found in it. Before them are TIME
	// and what two connections begin with. How even SCAN's pages are depends on
	// Redis's hash seed.
	if most := int64(2*5 + 2 + 1 + 3); trips.Load() > most {
		t.Errorf("%d round trips, want %d at most", trips.Load(), most)
	}
}
