package prometheus

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// soon is far above what a call that honours its deadline takes, and far below
// what one that does not would.
const soon = 5 * time.Second

// TestRequest looks at what is sent.
func TestRequest(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if _, sent := r.Header["Idempotency-Key"]; sent || r.Method != http.MethodPost || r.URL.String() != "/prefix/api/v1/query" {
			t.Errorf("got %s %s %v", r.Method, r.URL, r.Header)
		}
		answering(200, vectorOf(""))(w, r)
	})
	c := newClient(t, Options{URL: f.URL + "/prefix/", Timeout: time.Minute})
	for name, tc := range map[string]struct {
		reason   string
		deadline time.Duration
		least    int
		most     int
	}{
		"Own":    {reason: "without a deadline, the client's own", least: 30_000, most: 60_000},
		"Sooner": {reason: "a sooner deadline", deadline: 30 * time.Second, least: 10_000, most: 30_000},
		"Later":  {reason: "a later deadline does not lift the client's", deadline: time.Hour, least: 30_000, most: 60_000},
	} {
		ctx := t.Context()
		if tc.deadline != 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, tc.deadline)
			defer cancel()
		}
		const promql = "sum(rate(x{a=\"&query=b\"}[1m])) + 1"
		if _, err := c.Query(ctx, promql); err != nil {
			t.Fatal(err)
		}
		form := <-f.form
		ms, err := strconv.Atoi(strings.TrimSuffix(form.Get("timeout"), "ms"))
		if err != nil || ms < tc.least || ms > tc.most || form.Get("query") != promql || len(form) != 2 {
			t.Errorf("%s (%s): sent %v", name, tc.reason, form)
		}
	}
	if got := serverTimeout(time.Microsecond); got != "1ms" {
		t.Errorf("less than a millisecond left: got %s", got)
	}
}

// TestHang waits for a server that accepts and says nothing, or half of it.
func TestHang(t *testing.T) {
	for name, said := range map[string]string{"Silent": "", "Half": `{"status":"success",`} {
		t.Run(name, func(t *testing.T) {
			entered := make(chan struct{}, 1)
			f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = w.Write([]byte(said))
				_ = http.NewResponseController(w).Flush()
				entered <- struct{}{}
				<-r.Context().Done()
			})
			start := time.Now()
			_, err := newClient(t, Options{URL: f.URL, Timeout: 50 * time.Millisecond}).Query(t.Context(), "up")
			if failure.ClassOf(err) != failure.Timeout || time.Since(start) > soon {
				t.Errorf("own timeout: got %v after %s", err, time.Since(start))
			}
			<-entered

			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err = f.client(t).Query(ctx, "up")
			if failure.ClassOf(err) != failure.Timeout || time.Since(start) > soon {
				t.Errorf("deadline: got %v after %s", err, time.Since(start))
			}
			<-entered

			ctx, stop := context.WithCancel(t.Context())
			go func() { <-entered; stop() }()
			_, err = f.client(t).Query(ctx, "up")
			if failure.ClassOf(err) != failure.Canceled || !errors.Is(err, context.Canceled) {
				t.Errorf("canceled: got %v", err)
			}
		})
	}
}

// TestTLSHang connects to something that never answers a TLS handshake.
func TestTLSHang(t *testing.T) {
	l := listen(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	c := newClient(t, Options{URL: "https://" + l.Addr().String(), Timeout: 50 * time.Millisecond})
	start := time.Now()
	if _, err := c.Query(t.Context(), "up"); failure.ClassOf(err) != failure.Timeout || time.Since(start) > soon {
		t.Errorf("got %v after %s", err, time.Since(start))
	}
}

func TestEndedContext(t *testing.T) {
	f := newFake(t, answering(200, vectorOf("")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.client(t).Query(ctx, "up")
	e, _ := errors.AsType[*failure.Error](err)
	if e == nil || e.Class != failure.Canceled || e.Sent || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestHugeAnswer is given a hundred megabytes, which it must not take.
func TestHugeAnswer(t *testing.T) {
	const huge = 100 << 20
	var written atomic.Int64
	done := make(chan struct{})
	f := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
		defer close(done)
		_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"string","result":[1,"`))
		for chunk := []byte(strings.Repeat("x", 64<<10)); written.Load() < huge; {
			n, err := w.Write(chunk)
			written.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	_, err := f.client(t).Query(t.Context(), "up")
	<-done
	if failure.ClassOf(err) != failure.TooLarge || written.Load() > huge/2 {
		t.Errorf("got %v after %d bytes", err, written.Load())
	}
	if _, err := newClient(t, Options{URL: newFake(t, answering(200, vectorOf(""))).URL, MaxBody: 10}).Query(t.Context(), "up"); failure.ClassOf(err) != failure.TooLarge {
		t.Errorf("own bound: got %v", err)
	}
}

// TestCutConnection is promised more than it gets.
func TestCutConnection(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		answering(200, `{"status":`)(w, r)
	})
	if _, err := f.client(t).Query(t.Context(), "up"); failure.ClassOf(err) != failure.Malformed {
		t.Errorf("got %v", err)
	}
}

// TestDeadKeptConnection has a server close a kept connection under the second
// query, as one that was restarted does.
func TestDeadKeptConnection(t *testing.T) {
	var conns atomic.Int32
	l := listen(t, func(conn net.Conn) {
		conns.Add(1)
		answerOnce(conn) // the second query arrives, and is not answered
	})
	c := newClient(t, Options{URL: "http://" + l.Addr().String()})
	for range 2 {
		if _, err := c.Query(t.Context(), "up"); err != nil {
			t.Errorf("got %v", err)
		}
	}
	if conns.Load() != 2 {
		t.Errorf("%d connections", conns.Load())
	}
}

// TestClose keeps a connection until it is told not to.
func TestClose(t *testing.T) {
	ended := make(chan struct{})
	l := listen(t, func(conn net.Conn) {
		defer close(ended)
		answerOnce(conn)
	})
	c := newClient(t, Options{URL: "http://" + l.Addr().String()})
	if _, err := c.Query(t.Context(), "up"); err != nil {
		t.Fatal(err)
	}
	c.Close()
	select {
	case <-ended:
	case <-time.After(soon):
		t.Error("the kept connection outlives Close")
	}
}

func TestUnreachable(t *testing.T) {
	address, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	_, err = newClient(t, Options{URL: "http://" + address}).Query(t.Context(), "up")
	if e, ok := errors.AsType[*failure.Error](err); !ok || e.Class != failure.Unreachable || e.Sent {
		t.Errorf("got %v", err)
	}
}

func TestConcurrentUse(t *testing.T) {
	c := shared.use(t).client(t, Options{})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, present, err := c.NodeLatencyP99(t.Context(), "steady"); err != nil || !present {
				t.Errorf("got %v, %v", present, err)
			}
		})
	}
	wg.Wait()
}

// answerOnce answers one query, keeps the connection, and returns when something
// more is sent over it or it is closed.
func answerOnce(conn net.Conn) {
	in := bufio.NewReader(conn)
	req, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, req.Body)
	body := vectorOf("")
	_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body))
	_, _ = in.ReadByte()
}

// listen hands each connection to serve and closes it afterwards. All have
// ended when the test has.
func listen(t *testing.T, serve func(net.Conn)) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	t.Cleanup(func() { cancel(); _ = l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
				defer func() { _ = conn.Close() }()
				serve(conn)
			})
		}
	})
	return l
}
