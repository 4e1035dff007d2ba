package node_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/internal/redistest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/node"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running is a node in this process, on a real Redis.
type running struct {
	t       *testing.T
	address string
	redis   *redistest.Redis
	cancel  context.CancelFunc
	done    chan struct{}
	err     error // of Run, once done
	log     *syncBuffer
}

// start runs a node until the test ends. Its limit is 10 a minute, as that of
// the recorded service; change changes its settings.
func start(t *testing.T, r *redistest.Redis, change func(*node.Settings)) *running {
	t.Helper()
	s := node.Defaults()
	s.Listen, s.NodeID, s.Redis, s.DefaultLimit = "127.0.0.1:0", "node-1", r.URL, 10
	s.RedisTimeout = 10 * time.Second // tests of it set their own
	if change != nil {
		change(&s)
	}
	ctx, cancel := context.WithCancel(t.Context())
	n := &running{t: t, redis: r, cancel: cancel, done: make(chan struct{}), log: &syncBuffer{}}
	ready := make(chan string, 1)
	go func() {
		defer close(n.done)
		n.err = node.Run(ctx, s, slog.New(slog.NewTextHandler(n.log, nil)), func(address string) { ready <- address })
	}()
	t.Cleanup(func() {
		if err := n.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	select {
	case n.address = <-ready:
	case <-n.done:
		t.Fatalf("Run: %v", n.err)
	}
	return n
}

// stop ends the node and returns what Run returned.
func (n *running) stop() error {
	n.cancel()
	<-n.done
	return n.err
}

type response struct {
	status int
	header http.Header
	body   string
}

// send sends one request whose target arrives exactly as it is written here:
// http.Client would have its own opinion of "..".
func (n *running) send(method, target, body string) response {
	n.t.Helper()
	got, err := n.trySend(method, target, body)
	if err != nil {
		n.t.Fatalf("%s %.100q: %v", method, target, err)
	}
	return got
}

func (n *running) trySend(method, target, body string) (response, error) {
	conn, err := (&net.Dialer{}).DialContext(n.t.Context(), "tcp", n.address)
	if err != nil {
		return response{}, err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return response{}, err
	}
	request := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", method, target, len(body), body)
	if _, err := io.WriteString(conn, request); err != nil {
		return response{}, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		return response{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	return response{resp.StatusCode, resp.Header, string(answer)}, err
}

// decode decodes an answer that has to be JSON.
func decode[T any](t *testing.T, r response) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("status %d: not JSON: %.200q", r.status, r.body)
	}
	return v
}

// checkBody is the body of a check of key alone.
func checkBody(key string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(map[string]string{"key": key}) // a map of strings has JSON
	return b.String()
}

// allEscaped escapes every byte of a key.
func allEscaped(key string) string {
	digits := hex.EncodeToString([]byte(key))
	escaped := make([]byte, 0, 3*len(key))
	for i := 0; i < len(digits); i += 2 {
		escaped = append(escaped, '%', digits[i], digits[i+1])
	}
	return string(escaped)
}

// syncBuffer is a log that is read while it is written.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
