package redis_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// patience is how long a condition is waited for before a test gives up.
const patience = 20 * time.Second

// server is a redis-server process.
type server struct {
	addr string
	cmd  *exec.Cmd
	log  *bytes.Buffer
	gone chan struct{}
}

// binary finds a Redis program or fails the test.
func binary(tb testing.TB, env, name string) string {
	tb.Helper()
	if path := os.Getenv(env); path != "" {
		return path
	}
	path, err := exec.LookPath(name)
	if err != nil {
		tb.Fatalf("%s is not in PATH and %s is not set: run `make setup`", name, env)
	}
	return path
}

// startServer starts a redis-server with the arguments on top of its own, and
// waits until it answers. It ends with the test.
func startServer(tb testing.TB, args ...string) *server {
	tb.Helper()
	var last string
	for range 5 { // a port that was free may be taken meanwhile
		s := spawn(tb, freePort(tb), args...)
		if s.ready(tb) {
			return s
		}
		s.kill()
		last = s.log.String()
	}
	tb.Fatalf("redis-server does not start:\n%s", last)
	return nil
}

func spawn(tb testing.TB, port string, args ...string) *server {
	tb.Helper()
	return run(tb, port, append([]string{"--save", "", "--appendonly", "no"}, args...)...)
}

// run starts a redis-server with little more than the given arguments.
func run(tb testing.TB, port string, args ...string) *server {
	tb.Helper()
	all := append(args, "--bind", "127.0.0.1", "--port", port, "--dir", tb.TempDir(), "--daemonize", "no")
	s := &server{addr: "127.0.0.1:" + port, log: new(bytes.Buffer), gone: make(chan struct{})}
	s.cmd = exec.CommandContext(tb.Context(), binary(tb, "REDIS_SERVER", "redis-server"), all...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = attributes()
	if err := s.cmd.Start(); err != nil {
		tb.Fatalf("start redis-server: %v", err)
	}
	go func() {
		_ = s.cmd.Wait()
		close(s.gone)
	}()
	tb.Cleanup(s.kill)
	return s
}

// ready waits until the server answers anything at all, or has exited.
func (s *server) ready(tb testing.TB) bool {
	tb.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		select {
		case <-s.gone:
			return false
		case <-time.After(10 * time.Millisecond):
		}
		cn, err := new(net.Dialer).DialContext(tb.Context(), "tcp", s.addr)
		if err != nil {
			continue
		}
		_ = cn.SetDeadline(time.Now().Add(time.Second))
		_, err = cn.Write([]byte("PING\r\n"))
		if err == nil {
			_, err = cn.Read(make([]byte, 1))
		}
		_ = cn.Close()
		if err == nil {
			return true
		}
	}
	return false
}

// kill ends the process at once and waits for its end.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	<-s.gone
}

// signal sends a signal, such as SIGSTOP.
func (s *server) signal(tb testing.TB, sig syscall.Signal) {
	tb.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		tb.Fatal(err)
	}
}

// admin is a plain go-redis client, for what the client under test cannot do.
func (s *server) admin(tb testing.TB, opts ...func(*goredis.Options)) *goredis.Client {
	tb.Helper()
	o := &goredis.Options{Addr: s.addr, MaxRetries: -1}
	for _, set := range opts {
		set(o)
	}
	rdb := goredis.NewClient(o)
	tb.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

func freePort(tb testing.TB) string {
	tb.Helper()
	l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	return port
}

// newClient is a client that is closed with the test.
func newClient(tb testing.TB, opts redis.Options) *redis.Client {
	tb.Helper()
	c, err := redis.New(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := c.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return c
}

func (s *server) client(tb testing.TB) *redis.Client {
	tb.Helper()
	return newClient(tb, redis.Options{Addrs: []string{s.addr}})
}

// eventually waits for a condition.
func eventually(tb testing.TB, what string, holds func() error) {
	tb.Helper()
	err := errors.New("never tried")
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if err = holds(); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	tb.Fatalf("%s: still not after %v: %v", what, patience, err)
}

// now is Redis's clock.
func now(tb testing.TB, rdb goredis.Cmdable) time.Time {
	tb.Helper()
	at, err := rdb.Time(tb.Context()).Result()
	if err != nil {
		tb.Fatalf("ask for Redis's clock: %v", err)
	}
	return at
}

// hit adds requests to a counter, as a limiter does: members with the given
// ages, an expiry unless it is 0, and the :seq string beside it.
func hit(tb testing.TB, rdb goredis.Cmdable, key string, expiry time.Duration, ages ...time.Duration) {
	tb.Helper()
	ctx := tb.Context()
	now := time.Now()
	_, err := rdb.Pipelined(ctx, func(p goredis.Pipeliner) error {
		for i, age := range ages {
			p.ZAdd(ctx, "ratelimit:"+key, goredis.Z{
				Score: float64(now.Add(-age).UnixMilli()), Member: fmt.Sprintf("%d-%d", now.UnixNano(), i),
			})
		}
		if expiry > 0 {
			p.PExpire(ctx, "ratelimit:"+key, expiry)
		}
		p.Incr(ctx, "ratelimit:"+key+":seq")
		return nil
	})
	if err != nil {
		tb.Fatalf("hit %.40q: %v", key, err)
	}
}

func ages(n int, age time.Duration) []time.Duration {
	all := make([]time.Duration, n)
	for i := range all {
		all[i] = age
	}
	return all
}

func socketPath(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(tb.TempDir(), "r.sock")
}
