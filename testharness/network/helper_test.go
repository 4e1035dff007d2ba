package network_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what must happen; silence is how long nothing must.
const (
	patience = 20 * time.Second
	silence  = 100 * time.Millisecond
)

func newNet(t *testing.T) *network.Net {
	t.Helper()
	n, err := network.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Errorf("close the network: %v", err)
		}
	})
	return n
}

func tcpLink(t *testing.T, upstream string) *network.Link {
	t.Helper()
	l, err := newNet(t).TCP(t.Context(), "node-1", "redis", upstream)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// echoServer answers lines with themselves, on one address through restarts.
type echoServer struct {
	address  string
	listener net.Listener
	work     sync.WaitGroup
	mu       sync.Mutex
	conns    []net.Conn
}

func newEcho(t *testing.T) *echoServer {
	t.Helper()
	s := &echoServer{address: "127.0.0.1:0"}
	s.start(t)
	t.Cleanup(s.stop)
	return s
}

func (s *echoServer) start(t *testing.T) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	s.listener, s.address = listener, listener.Addr().String()
	s.work.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns = append(s.conns, c)
			s.mu.Unlock()
			s.work.Go(func() {
				_, _ = io.Copy(c, c)
				_ = c.Close()
			})
		}
	})
}

func (s *echoServer) stop() {
	_ = s.listener.Close()
	s.mu.Lock()
	for _, c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.work.Wait()
}

func listenLocal(t *testing.T) net.Listener {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// client is a connection that speaks in lines.
type client struct {
	net.Conn
	lines *bufio.Reader
}

func dial(address string) (*client, error) {
	c, err := (&net.Dialer{Timeout: patience}).DialContext(context.Background(), "tcp", address)
	if err != nil {
		return nil, err
	}
	return &client{c, bufio.NewReader(c)}, nil
}

func connect(t *testing.T, l *network.Link) *client {
	t.Helper()
	c, err := dial(l.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// ask says a line and returns the answer, within bound.
func (c *client) ask(line string, bound time.Duration) (string, error) {
	if err := c.SetDeadline(time.Now().Add(bound)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		return "", err
	}
	answer, err := c.lines.ReadString('\n')
	return strings.TrimSpace(answer), err
}

func (c *client) works(t *testing.T, what string) {
	t.Helper()
	if got, err := c.ask("hello", patience); got != "hello" || err != nil {
		t.Errorf("%s: answer %q, %v; want hello", what, got, err)
	}
}

func (c *client) silent(t *testing.T, what string) {
	t.Helper()
	if got, err := c.ask("lost", silence); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%s: answer %q, %v; want silence", what, got, err)
	}
}

// broken waits for the connection's end, which must be a reset.
func (c *client) broken(t *testing.T, what string) {
	t.Helper()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.Copy(io.Discard, c); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%s: it ended with %v, want a reset", what, err)
	}
}

// comesBack waits until a new connection through the link works.
func comesBack(t *testing.T, l *network.Link) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := wait.For(ctx, "the link to work", func() (bool, error) {
		c, err := dial(l.Address())
		if err != nil {
			return false, err
		}
		defer func() { _ = c.Close() }()
		got, err := c.ask("back", time.Second)
		return got == "back", err
	})
	if err != nil {
		t.Error(err)
	}
}

func refuses(t *testing.T, l *network.Link, what string) {
	t.Helper()
	if c, err := dial(l.Address()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%s: dial = %v, want connection refused", what, err)
		if err == nil {
			_ = c.Close()
		}
	}
}

func add(t *testing.T, l *network.Link, x network.Toxic) {
	t.Helper()
	if err := l.Add(t.Context(), x); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, l *network.Link, name string) {
	t.Helper()
	if err := l.Remove(t.Context(), name); err != nil {
		t.Fatal(err)
	}
}
