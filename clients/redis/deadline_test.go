package redis_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// lateness is the promise: a call returns within this of its deadline.
const lateness = 100 * time.Millisecond

// everyCall is each way to ask Redis something.
func everyCall(c *redis.Client) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"Ping": c.Ping,
		"CounterValue": func(ctx context.Context) error {
			_, _, err := c.CounterValue(ctx, "k")
			return err
		},
		"CounterKeys": func(ctx context.Context) error {
			for _, err := range c.CounterKeys(ctx) {
				if err != nil {
					return err
				}
			}
			return nil
		},
		"Counters": func(ctx context.Context) error {
			_, err := c.Counters(ctx, []string{"a", "b"}, time.Second)
			return err
		},
		"Sweeper": func(ctx context.Context) error {
			s, err := c.NewSweeper(redis.SweeperOptions{})
			if err != nil {
				return err
			}
			_, err = s.Step(ctx, time.Second, nil, func(redis.Counter) {})
			return errors.Join(err, s.Close())
		},
	}
}

// wantInTime runs every call against c with a deadline and checks class and
// punctuality.
func wantInTime(t *testing.T, c *redis.Client, deadline time.Duration, want failure.Class) {
	t.Helper()
	for name, call := range everyCall(c) {
		t.Run(name, func(t *testing.T) {
			// A machine that is busy elsewhere may be late once, not every time.
			late := time.Duration(0)
			for range 3 {
				ctx, cancel := context.WithTimeout(t.Context(), deadline)
				start := time.Now()
				err := call(ctx)
				took := time.Since(start)
				cancel()
				if got := failure.ClassOf(err); got != want {
					t.Fatalf("got class %q, want %q: %v", got, want, err)
				}
				if late = took - deadline; late <= lateness {
					return
				}
			}
			t.Errorf("three times late, the last time by %v", late)
		})
	}
}

func TestDeadlineWhenServerNeverAnswers(t *testing.T) {
	addr := clienttest.Listen(t, clienttest.HoldOpen)
	for name, opts := range map[string]redis.Options{
		"Single":   {Addrs: []string{addr}, Password: "pw"},
		"TLS":      {URL: "rediss://" + addr},
		"Cluster":  {Addrs: []string{addr}, Cluster: true},
		"Sentinel": {Addrs: []string{addr, addr}, MasterName: "m"},
	} {
		t.Run(name, func(t *testing.T) {
			wantInTime(t, newClient(t, opts), 200*time.Millisecond, failure.Timeout)
		})
	}
}

func TestDeadlineWhenRefused(t *testing.T) {
	addr := "127.0.0.1:" + freePort(t)
	for name, opts := range map[string]redis.Options{
		"Single":   {Addrs: []string{addr}},
		"TLS":      {URL: "rediss://" + addr},
		"Socket":   {URL: "unix://" + socketPath(t)},
		"Cluster":  {Addrs: []string{addr}, Cluster: true},
		"Sentinel": {Addrs: []string{addr, addr}, MasterName: "m"},
	} {
		t.Run(name, func(t *testing.T) {
			wantInTime(t, newClient(t, opts), time.Second, failure.Unreachable)
		})
	}
}

// blackHole is a Dialer whose packets are never answered.
func blackHole(ctx context.Context, network, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, &net.OpError{Op: "dial", Net: network, Err: ctx.Err()}
}

func TestDeadlineInABlackHole(t *testing.T) {
	for name, opts := range map[string]redis.Options{
		"Single":   {Addrs: []string{"192.0.2.1:1"}, Dialer: blackHole},
		"Cluster":  {Addrs: []string{"192.0.2.1:1"}, Cluster: true, Dialer: blackHole},
		"Sentinel": {Addrs: []string{"192.0.2.1:1"}, MasterName: "m", Dialer: blackHole},
	} {
		t.Run(name, func(t *testing.T) {
			wantInTime(t, newClient(t, opts), 200*time.Millisecond, failure.Timeout)
		})
	}
	t.Run("DialTimeout", func(t *testing.T) {
		c := newClient(t, redis.Options{
			Addrs: []string{"192.0.2.1:1"}, Dialer: blackHole, DialTimeout: 50 * time.Millisecond,
		})
		wantInTime(t, c, 5*time.Second, failure.Timeout)
	})
}

func TestDeadlineWhenStopped(t *testing.T) {
	s := startServer(t)
	c := s.client(t)
	for name, call := range everyCall(c) {
		if err := call(t.Context()); err != nil {
			t.Fatalf("%s before: %v", name, err)
		}
	}
	s.signal(t, syscall.SIGSTOP)
	defer s.signal(t, syscall.SIGCONT)
	wantInTime(t, c, 200*time.Millisecond, failure.Timeout)
	t.Run("NewConnection", func(t *testing.T) {
		wantInTime(t, s.client(t), 200*time.Millisecond, failure.Timeout)
	})

	s.signal(t, syscall.SIGCONT)
	eventually(t, "Redis answers again", func() error { return c.Ping(t.Context()) })
}

func TestDeadlineWhenThePoolIsFull(t *testing.T) {
	addr := clienttest.Listen(t, clienttest.HoldOpen)
	c := newClient(t, redis.Options{Addrs: []string{addr}, PoolSize: 2})
	var holding sync.WaitGroup
	defer holding.Wait()
	held, release := context.WithTimeout(t.Context(), time.Second)
	defer release()
	for range 8 {
		holding.Go(func() { _ = c.Ping(held) })
	}
	wantInTime(t, c, 200*time.Millisecond, failure.Timeout)
}

// TestDeadlineWithAnExistingClient: one that go-redis makes by default heeds no
// deadline at all.
func TestDeadlineWithAnExistingClient(t *testing.T) {
	rdb := goredis.NewClient(&goredis.Options{
		Addr: clienttest.Listen(t, clienttest.HoldOpen), MaxRetries: -1, ReadTimeout: time.Second, PoolSize: 100,
	})
	defer func() { _ = rdb.Close() }()
	c, err := redis.NewFrom(rdb, redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantInTime(t, c, 200*time.Millisecond, failure.Timeout)
	if err := c.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func TestTimeoutBoundsACallWithoutDeadline(t *testing.T) {
	addr := clienttest.Listen(t, clienttest.HoldOpen)
	c := newClient(t, redis.Options{Addrs: []string{addr}, Timeout: 100 * time.Millisecond})
	for name, call := range everyCall(c) {
		if got := failure.ClassOf(call(t.Context())); got != failure.Timeout {
			t.Errorf("%s: class %q, want timeout", name, got)
		}
	}
}

func TestCancelReturnsAtOnce(t *testing.T) {
	asked := make(chan struct{}, 1000)
	addr := clienttest.Listen(t, func(cn net.Conn) {
		if _, err := cn.Read(make([]byte, 1)); err == nil {
			asked <- struct{}{}
			clienttest.HoldOpen(cn)
		}
	})
	c := newClient(t, redis.Options{Addrs: []string{addr}, PoolSize: 100, Timeout: time.Minute})
	for name, call := range everyCall(c) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- call(ctx) }()
		<-asked
		cancel()
		if err := <-done; failure.ClassOf(err) != failure.Canceled || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want canceled", name, err)
		}
	}
}

func TestDeadlineWithADialerThatIgnoresIt(t *testing.T) {
	for name, opts := range map[string]redis.Options{
		"Single":   {Addrs: []string{"192.0.2.1:1"}},
		"Cluster":  {Addrs: []string{"192.0.2.1:1"}, Cluster: true},
		"Sentinel": {Addrs: []string{"192.0.2.1:1"}, MasterName: "m"},
	} {
		t.Run(name, func(t *testing.T) {
			release := make(chan struct{})
			opts.Dialer = func(context.Context, string, string) (net.Conn, error) {
				<-release
				return nil, io.ErrClosedPipe
			}
			c := newClient(t, opts)
			t.Cleanup(func() { close(release) }) // before Close
			wantInTime(t, c, 100*time.Millisecond, failure.Timeout)
		})
	}
}

func TestCloseEndsCallsAndLeavesNothing(t *testing.T) {
	addr := clienttest.Listen(t, clienttest.HoldOpen)
	existing := goleak.IgnoreCurrent()
	for name, opts := range map[string]redis.Options{
		"Single":    {Addrs: []string{addr}},
		"TLS":       {URL: "rediss://" + addr},
		"Cluster":   {Addrs: []string{addr}, Cluster: true},
		"Sentinel":  {Addrs: []string{addr}, MasterName: "m"},
		"BlackHole": {Addrs: []string{addr}, Dialer: blackHole, DialTimeout: time.Minute, Timeout: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := redis.New(opts)
			if err != nil {
				t.Fatal(err)
			}
			errs := make(chan error, 8)
			for range cap(errs) {
				go func() { errs <- c.Ping(t.Context()) }()
			}
			start := time.Now()
			if err := c.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("Close took %v", took)
			}
			for range cap(errs) {
				if err := <-errs; failure.ClassOf(err) != failure.Invalid {
					t.Errorf("a call that Close ended: got %v", err)
				}
			}
		})
	}
	// The listener's own goroutines, one per connection, end with the test.
	if err := goleak.Find(existing, goleak.IgnoreAnyFunction("io.Copy")); err != nil {
		t.Error(err)
	}
}

func TestKilledServerIsUnreachableAndBackAgain(t *testing.T) {
	s := startServer(t)
	c := s.client(t)
	_, port, _ := net.SplitHostPort(s.addr)
	fillPool(t, c)
	s.kill()
	again := spawn(t, port)
	if !again.ready(t) {
		t.Fatalf("redis-server does not come back:\n%s", again.log)
	}
	if err := c.Ping(t.Context()); err != nil {
		t.Errorf("the first call after the restart: %v", err)
	}
	again.kill()
	wantInTime(t, c, time.Second, failure.Unreachable)
}

// fillPool makes the client hold all the connections it may.
func fillPool(t *testing.T, c *redis.Client) {
	t.Helper()
	var pool sync.WaitGroup
	for range 16 {
		pool.Go(func() {
			if err := c.Ping(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	pool.Wait()
}
