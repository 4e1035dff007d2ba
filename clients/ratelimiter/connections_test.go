package ratelimiter_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
)

// TestWriteOnAReusedConnection closes a kept connection only once the write has
// been read from it, which is when net/http would send a GET again.
func TestWriteOnAReusedConnection(t *testing.T) {
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			var (
				mu       sync.Mutex
				requests []string
				conns    atomic.Int64
			)
			url := clienttest.RawServer(t, func(conn net.Conn) {
				conns.Add(1)
				for r := bufio.NewReader(conn); ; {
					req, err := http.ReadRequest(r)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, req.Body)
					mu.Lock()
					requests = append(requests, req.Method)
					mu.Unlock()
					if req.Method != http.MethodGet {
						return
					}
					_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 46\r\n\r\n"+anAnswer)
				}
			})
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			second := clienttest.Serve(t, clienttest.Answering(200, write.answer))
			c := newClient(t, ratelimiter.Options{
				BaseURLs:   []string{url, second.URL},
				HTTPClient: &http.Client{Transport: transport},
			})
			if _, err := c.Limits(t.Context()); err != nil {
				t.Fatal(err)
			}
			err := write.do(t.Context(), c)
			fe, ok := errors.AsType[*failure.Error](err)
			if !ok || !fe.Sent || fe.Class != failure.Unreachable {
				t.Errorf("got %v, want an unreachable that says it was sent", err)
			}
			mu.Lock()
			defer mu.Unlock()
			if diff := cmp.Diff([]string{http.MethodGet, write.method}, requests); diff != "" {
				t.Errorf("requests, -want +got:\n%s", diff)
			}
			if n := conns.Load(); n != 1 {
				t.Errorf("%d connections: the write was not on a reused one, the test shows nothing", n)
			}
			if n := second.Asked.Load(); n != 0 {
				t.Errorf("the second endpoint saw %d requests", n)
			}
		})
	}
}

func TestWriteHasAConnectionOfItsOwn(t *testing.T) {
	var conns atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			clienttest.Answering(200, anAnswer)(w, r)
			return
		}
		clienttest.Answering(200, writes["ResetCounter"].answer)(w, r)
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	c := newClient(t, ratelimiter.Options{BaseURLs: []string{server.URL}})
	for range 3 {
		if _, err := c.Limits(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ResetCounter(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
	}
	if n := conns.Load(); n != 4 {
		t.Errorf("%d connections, want one for all reads and one for each of three writes", n)
	}
}

func TestWriteGoesWhereReadsWereAnswered(t *testing.T) {
	failing := clienttest.Serve(t, clienttest.Answering(500, ""))
	good := clienttest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			clienttest.Answering(200, anAnswer)(w, r)
			return
		}
		clienttest.Answering(200, writes["ResetCounter"].answer)(w, r)
	})
	c := newClient(t, ratelimiter.Options{BaseURLs: []string{failing.URL, good.URL}, HedgeDelay: forever})
	if _, err := c.Limits(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ResetCounter(t.Context(), "k"); err != nil {
		t.Errorf("the endpoint that failed the read was tried with the write: %v", err)
	}
}

func TestReadGoesWhereAWriteWasAnswered(t *testing.T) {
	var conns atomic.Int64
	noTLS := clienttest.RawServer(t, func(net.Conn) { conns.Add(1) })
	good := clienttest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			clienttest.Answering(200, anAnswer)(w, r)
			return
		}
		clienttest.Answering(200, writes["ResetCounter"].answer)(w, r)
	})
	c := newClient(t, ratelimiter.Options{
		BaseURLs:   []string{strings.Replace(noTLS, "http", "https", 1), good.URL},
		HedgeDelay: forever,
	})
	if _, err := c.ResetCounter(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Limits(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("the endpoint that failed the write was tried %d times, want once", n)
	}
}

func TestWriteLeavesTheNextEndpointTime(t *testing.T) {
	good := clienttest.Serve(t, clienttest.Answering(200, writes["ResetCounter"].answer))
	dialer := &net.Dialer{}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(address, "blackhole") { // swallows what is sent to it
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return dialer.DialContext(ctx, network, address)
	}}
	defer transport.CloseIdleConnections()
	c := newClient(t, ratelimiter.Options{
		BaseURLs:   []string{"http://blackhole-1", "http://blackhole-2", good.URL},
		HTTPClient: &http.Client{Transport: transport},
	})
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	if _, err := c.ResetCounter(ctx, "k"); err != nil {
		t.Errorf("two silent addresses ate the deadline of the third: %v", err)
	}
	if n := good.Asked.Load(); n != 1 {
		t.Errorf("the endpoint that is alive saw %d requests", n)
	}
}
