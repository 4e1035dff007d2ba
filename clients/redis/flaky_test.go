package redis_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// flaky is a connection that breaks after some bytes, in the middle of an answer.
type flaky struct {
	net.Conn
	left int
}

func (f *flaky) Read(b []byte) (int, error) {
	if f.left <= 0 {
		return 0, io.EOF
	}
	n, err := f.Conn.Read(b[:min(len(b), f.left)])
	f.left -= n
	return n, err
}

// dialFlaky makes connections that break after as many bytes as bytes says.
func dialFlaky(bytes func(addr string) int) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		cn, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &flaky{Conn: cn, left: bytes(addr)}, nil
	}
}

// TestBrokenConnectionsLoseNothing reads over connections that keep breaking:
// what is read is right, what is not read is an error, and a sweep goes on until
// it has read everything.
func TestBrokenConnectionsLoseNothing(t *testing.T) {
	s := startServer(t)
	const n = 2000
	fill(t, s.admin(t), n)
	anyLength := func(string) int { return 1 + rand.IntN(20_000) }
	c := newClient(t, redis.Options{Addrs: []string{s.addr}, Dialer: dialFlaky(anyLength)})
	want := func(t *testing.T, counter redis.Counter) {
		t.Helper()
		var i int
		if _, err := fmt.Sscanf(counter.Key, "key-%d", &i); err != nil {
			t.Fatal(err)
		}
		if !counter.Present || counter.Count != int64(1+i%3) || counter.InForce != counter.Count || (counter.Own != nil) != (i%100 == 0) {
			t.Fatalf("%+v", counter)
		}
	}

	t.Run("Counters", func(t *testing.T) {
		keys := make([]string, n)
		for i := range keys {
			keys[i] = fmt.Sprintf("key-%d", i)
		}
		read, unread := 0, 0
		for range 20 {
			counters, err := c.Counters(t.Context(), keys, time.Minute)
			if err != nil && failure.ClassOf(err) != failure.Unreachable {
				t.Fatal(err)
			}
			for _, counter := range counters {
				if counter.Err != nil {
					if failure.ClassOf(counter.Err) != failure.Unreachable || counter.Present {
						t.Fatalf("%+v", counter)
					}
					unread++
					continue
				}
				read++
				want(t, counter)
			}
		}
		if read == 0 || unread == 0 {
			t.Errorf("%d read, %d unread: nothing was tested", read, unread)
		}
	})

	for name, opts := range map[string]redis.SweeperOptions{
		"Sweeper": {Untracked: true}, "Chains": {Untracked: true, Chains: 4}, "Tracked": {},
	} {
		t.Run(name, func(t *testing.T) {
			sweeper, failed := newSweeper(t, c, opts), 0
			for range 3 {
				seen := picture{}
				for complete := false; !complete; {
					progress, err := sweeper.Step(t.Context(), time.Minute, []string{"key-7"}, seen.visit)
					if err != nil {
						failed++
					}
					if class := failure.ClassOf(err); err != nil && class != failure.Unreachable {
						t.Fatal(err)
					}
					complete = progress.Complete
				}
				if len(seen) != n {
					t.Fatalf("%d counters after %d errors", len(seen), failed)
				}
				for key, counter := range seen {
					if counter.Count == redis.UnknownCount && counter.Key == key {
						counter.Count = counter.InForce
					}
					want(t, counter)
				}
				if err := sweeper.Restart(t.Context(), "the next round"); err != nil {
					t.Fatal(err)
				}
			}
			if failed == 0 {
				t.Error("no error: nothing was tested")
			}
		})
	}
}
