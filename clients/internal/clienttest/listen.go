package clienttest

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Listen hands each connection to serve, and returns the address. Connections are
// closed when serve returns, and all at the test's end.
func Listen(t *testing.T, serve func(net.Conn)) (addr string) {
	t.Helper()
	l := listen(t)
	var (
		running sync.WaitGroup
		mu      sync.Mutex
		open    []net.Conn
	)
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			running.Go(func() {
				defer func() { _ = conn.Close() }()
				serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, conn := range open {
			_ = conn.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	return l.Addr().String()
}

// HoldOpen keeps a connection without answering until the other side, or the
// test, ends it.
func HoldOpen(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listening on loopback: %v", err)
	}
	return l
}
