package node_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/internal/redistest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/node"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/registry"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

func nodes(t *testing.T, r *redistest.Redis) []registry.Entry {
	t.Helper()
	entries, err := registry.List(t.Context(), r.Client)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func waitUntilRegistered(t *testing.T, n *running) {
	t.Helper()
	if err := wait.For(t.Context(), "the registration", func() (bool, error) { return len(nodes(t, n.redis)) > 0, nil }); err != nil {
		t.Fatal(err)
	}
}

func TestANodeRegistersAndTakesItsRegistrationWithIt(t *testing.T) {
	r := redistest.New(t)
	n := start(t, r, nil)
	waitUntilRegistered(t, n)
	if got := nodes(t, r); got[0].ID != "node-1" || got[0].Address != n.address {
		t.Errorf("registered %+v, want node-1 at %s", got, n.address)
	}
	if ttl := r.Client.PTTL(t.Context(), "ratelimiter:nodes:node-1").Val(); ttl <= 0 || ttl > 30*time.Second {
		t.Errorf("the registration expires in %s, want 30 s", ttl)
	}
	if err := n.stop(); err != nil {
		t.Errorf("Run = %v, want an orderly end", err)
	}
	if got := nodes(t, r); len(got) != 0 {
		t.Errorf("%+v is left", got)
	}
	if _, err := n.trySend("GET", "/health", ""); err == nil {
		t.Error("a stopped node answers")
	}
}

func TestANodeStartsWithoutRedis(t *testing.T) {
	r := redistest.New(t)
	if err := r.Kill(); err != nil {
		t.Fatal(err)
	}
	n := start(t, r, func(s *node.Settings) { s.Heartbeat = 50 * time.Millisecond })
	if got := n.send("GET", "/health", ""); got.status != 200 {
		t.Errorf("health: %d", got.status)
	}
	if err := wait.For(t.Context(), "the log to tell", func() (bool, error) {
		return strings.Contains(n.log.String(), "cannot register"), nil
	}); err != nil {
		t.Error(err)
	}
	if err := r.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitUntilRegistered(t, n)
}

func TestRequestsInFlightAreFinished(t *testing.T) {
	r := redistest.New(t)
	n := start(t, r, nil)
	waitUntilRegistered(t, n)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", n.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	body := checkBody("k")
	if _, err := fmt.Fprintf(conn, "POST /check HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", len(body)); err != nil {
		t.Fatal(err)
	}
	n.send("GET", "/health", "") // behind it in the queue, so it is accepted
	n.cancel()
	if err := wait.For(t.Context(), "the node to take no more", func() (bool, error) {
		other, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", n.address)
		if err == nil {
			_ = other.Close()
		}
		return err != nil, nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := nodes(t, r); len(got) != 0 {
		t.Errorf("%+v is registered while the node finishes", got)
	}
	if _, err := fmt.Fprint(conn, body); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("the check in flight was cut off: %v", err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the check in flight: %d", resp.StatusCode)
	}
	if err := n.stop(); err != nil {
		t.Errorf("Run = %v", err)
	}
}

func TestANodeEndsThoughRedisHangs(t *testing.T) {
	r := redistest.New(t)
	n := start(t, r, func(s *node.Settings) { s.RedisTimeout = time.Second })
	waitUntilRegistered(t, n)
	if err := r.Hang(); err != nil {
		t.Fatal(err)
	}
	var asking sync.WaitGroup
	var got response
	var err error
	asking.Go(func() { got, err = n.trySend("POST", "/check", checkBody("k")) })
	// The check is under way once it has reached Redis's socket, which nobody
	// can see; that the node has accepted it is what matters to its end.
	if err := wait.For(t.Context(), "the check to arrive", func() (bool, error) {
		metrics, err := n.trySend("GET", "/metrics", "")
		return strings.Contains(metrics.body, `key="k"`), err
	}); err != nil {
		t.Fatal(err)
	}
	if err := n.stop(); err != nil {
		t.Errorf("Run = %v, want an orderly end though Redis hangs", err)
	}
	asking.Wait()
	if err != nil || got.status != 503 {
		t.Errorf("the check in flight: %d, %v; want its answer", got.status, err)
	}
	if !strings.Contains(n.log.String(), "the registration stays until it expires") {
		t.Errorf("log = %s", n.log)
	}
}

func TestTheEndIsBounded(t *testing.T) {
	n := start(t, redistest.New(t), func(s *node.Settings) { s.ShutdownTimeout = 50 * time.Millisecond })
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", n.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	// Half a request, of which the rest never comes.
	if _, err := conn.Write([]byte("POST /check HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")); err != nil {
		t.Fatal(err)
	}
	if got := n.send("GET", "/health", ""); got.status != 200 { // behind it in the queue
		t.Fatal(got.status)
	}
	if err := n.stop(); err != nil {
		t.Errorf("Run = %v", err)
	}
	if !strings.Contains(n.log.String(), "requests in flight were cut off") {
		t.Errorf("log = %s", n.log)
	}
}

func TestTheAddressIsTaken(t *testing.T) {
	r := redistest.New(t)
	first := start(t, r, nil)
	s := node.Defaults()
	s.Listen, s.Redis = first.address, r.URL
	err := node.Run(t.Context(), s, nil, nil)
	if err == nil || !strings.Contains(err.Error(), "--listen") || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("Run = %v, want an error about --listen", err)
	}
}

func TestABadRedisURLNamesItsFlag(t *testing.T) {
	s := node.Defaults()
	s.Listen, s.Redis = "127.0.0.1:0", "http://:secret@x"
	err := node.Run(t.Context(), s, nil, nil)
	if err == nil || !strings.HasPrefix(err.Error(), "--redis: ") || strings.Contains(err.Error(), "secret") {
		t.Errorf("Run = %v, want an error about --redis without the secret", err)
	}
}

func TestEveryInterfaceIsAdvertisedByName(t *testing.T) {
	r := redistest.New(t)
	n := start(t, r, func(s *node.Settings) { s.Listen = ":0" })
	waitUntilRegistered(t, n)
	host, port, err := net.SplitHostPort(nodes(t, r)[0].Address)
	if err != nil || host == "" || net.ParseIP(host) != nil && net.ParseIP(host).IsUnspecified() {
		t.Errorf("advertised %s:%s, %v; want an address that can be reached", host, port, err)
	}
}
