package clienttest

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
)

// Endpoint is a fake endpoint that counts what it is asked.
type Endpoint struct {
	URL   string
	Asked atomic.Int64
}

// Serve starts an endpoint, which ends with the test.
func Serve(t *testing.T, handler http.HandlerFunc) *Endpoint {
	t.Helper()
	e := &Endpoint{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.Asked.Add(1)
		handler(w, r)
	}))
	server.Config.MaxHeaderBytes = 8 << 20
	server.Start()
	t.Cleanup(server.Close)
	e.URL = server.URL
	return e
}

// Answering gives every request the same answer.
func Answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// Silent takes the request and answers only once its caller is gone.
func Silent(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// DeadURL is an address that refuses connections.
func DeadURL(t *testing.T) string {
	t.Helper()
	l := listen(t)
	_ = l.Close()
	return "http://" + l.Addr().String()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listening on loopback: %v", err)
	}
	return l
}

// RawServer hands each connection to serve, for answers that net/http would not
// give, and returns its URL. Connections are closed when serve returns, and all
// at the test's end.
func RawServer(t *testing.T, serve func(net.Conn)) string {
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
	return "http://" + l.Addr().String()
}

// HoldOpen keeps a connection without answering until the other side, or the
// test, ends it.
func HoldOpen(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
