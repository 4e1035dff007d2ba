package network_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
)

func httpLink(t *testing.T, handler http.HandlerFunc) (*network.Link, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	l, err := newNet(t).HTTP(t.Context(), "operator", "node-1", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return l, server
}

func httpClient(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

func get(t *testing.T, c *http.Client, url string) (int, string, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body), err
}

// What a client says through the link reaches the server byte for byte, and the
// other way round.
func TestHTTPPassesByteForByte(t *testing.T) {
	long := strings.Repeat("k", 1<<20)
	cases := map[string]struct{ reason, request, answer string }{
		"EscapedSlash":  {"A key is one segment.", "POST /api/counters/a%2Fb/reset HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
		"DotSegments":   {"Nobody cleans a path.", "GET /a/../%2e%2e/./b//c?x=%2F&y=a+b HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"},
		"DoubleSlash":   {"Neither at the start.", "GET //a HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 Fine By Me\r\ncontent-length: 1\r\nx-odd:  spaced  \r\n\r\n!"},
		"LongTarget":    {"Keys are a megabyte.", "GET /" + long + " HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		"Chunks":        {"Chunks are not counted again.", "PUT /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: yes\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"},
		"NoContent":     {"An answer may end with its header.", "DELETE /x HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"},
		"Head":          {"The length is of what does not come.", "HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"},
		"Interim":       {"There may be answers before the answer.", "GET /x HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1"},
		"Body":          {"Bodies are not looked at.", "POST /check HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n\x00\xff\n", "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 3\r\n\r\n\xfe\r\n"},
		"Compressed":    {"Encodings are between the two.", "GET /x HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b"},
		"UntilTheEnd":   {"The body may end with the connection.", "GET /x HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\nall of it"},
		"NotAnswered":   {"Nonsense is passed on too.", "GET /x HTTP/1.1\r\nHost: x\r\n\r\n", "SSH-2.0-OpenSSH_9.9\r\n"},
		"NotARequest":   {"In both directions.", "EHLO me\r\n\r\n", "502 no\r\n"},
		"LowercaseHost": {"Fields keep their case.", "GET /x HTTP/1.1\r\nhost: x\r\nx-YZ: a,b\r\nX-yz: c\r\n\r\n", "HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 0\r\nB: 1\r\na: 2\r\n\r\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newScripted(t, tc.request, tc.answer)
			l, err := newNet(t).HTTP(t.Context(), "operator", "node-1", s.address)
			if err != nil {
				t.Fatal(err)
			}
			c := connect(t, l)
			_ = c.SetDeadline(time.Now().Add(patience))
			if _, err := io.WriteString(c, tc.request); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, len(tc.answer))
			if _, err := io.ReadFull(c, got); err != nil {
				t.Fatalf("%s\n%v", tc.reason, err)
			}
			if diff := cmp.Diff(tc.answer, string(got)); diff != "" {
				t.Errorf("%s\nanswer: %s", tc.reason, diff)
			}
			if request := <-s.heard; request != tc.request {
				t.Errorf("%s\nrequest: got %.200q, want %.200q", tc.reason, request, tc.request)
			}
			if rest, err := io.ReadAll(c); len(rest) > 0 || err != nil {
				t.Errorf("%s\nafter the answer: %q, %v; want the end in good order", tc.reason, rest, err)
			}
			if got, want := l.Read(), int64(len(tc.answer)); got != want {
				t.Errorf("Read() = %d, want %d", got, want)
			}
		})
	}
}

// scripted reads as many bytes as the request has, says the answer, and ends.
type scripted struct {
	address string
	heard   chan string
}

func newScripted(t *testing.T, request, answer string) *scripted {
	t.Helper()
	listener := listenLocal(t)
	s := &scripted{address: listener.Addr().String(), heard: make(chan string, 1)}
	go func() {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		_ = c.SetDeadline(time.Now().Add(patience))
		b := make([]byte, len(request))
		n, _ := io.ReadFull(c, b)
		s.heard <- string(b[:n])
		_, _ = io.WriteString(c, answer)
	}()
	return s
}

func TestHTTPKeepsConnections(t *testing.T) {
	clients := make(chan string, 10)
	l, server := httpLink(t, func(w http.ResponseWriter, r *http.Request) {
		clients <- r.RemoteAddr
		_, _ = io.Copy(w, r.Body)
	})
	c := httpClient(t)
	for i := range 3 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+l.Address(), strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Expect", map[int]string{2: "100-continue"}[i])
		answer, err := c.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if string(body) != "hello" || err != nil {
			t.Errorf("answer = %q, %v", body, err)
		}
	}
	if a, b, c := <-clients, <-clients, <-clients; a != b || b != c {
		t.Errorf("the server saw the connections %s, %s and %s, want one", a, b, c)
	}
	// The server's end of an idle connection is the client's.
	server.CloseClientConnections()
	if status, _, err := get(t, c, "http://"+l.Address()); status != http.StatusOK || err != nil {
		t.Errorf("after the server closed an idle connection: %d, %v", status, err)
	}
}

func TestHTTPStreams(t *testing.T) {
	release := make(chan struct{})
	l, _ := httpLink(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "first\n")
		_ = http.NewResponseController(w).Flush()
		<-release
		_, _ = io.WriteString(w, "second\n")
	})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Address(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := httpClient(t).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	lines := bufio.NewReader(answer.Body)
	if line, err := lines.ReadString('\n'); line != "first\n" {
		t.Errorf("before the answer is complete: %q, %v", line, err)
	}
	close(release)
	if line, err := lines.ReadString('\n'); line != "second\n" {
		t.Errorf("then: %q, %v", line, err)
	}
}

func TestRules(t *testing.T) {
	asked := make(chan string, 10)
	l, _ := httpLink(t, func(w http.ResponseWriter, r *http.Request) {
		asked <- r.RequestURI
		w.Header().Set("X-Real", "yes")
		_, _ = io.Copy(w, io.MultiReader(strings.NewReader("real "), r.Body))
	})
	rule := func(name, path string, answer func(context.Context, *network.Exchange) network.After) {
		t.Helper()
		if err := l.Answer(network.Rule{Name: name, Path: path, Answer: answer}); err != nil {
			t.Fatal(err)
		}
	}
	c, base := httpClient(t), "http://"+l.Address()
	expect := func(what, path, want string) {
		t.Helper()
		if _, got, err := get(t, c, base+path); got != want || err != nil {
			t.Errorf("%s: %s = %q, %v; want %q", what, path, got, err, want)
		}
	}
	rule("own", "/api/a%2F", func(_ context.Context, x *network.Exchange) network.After {
		if x.Send(network.Reply{Status: 200, Body: []byte("own " + x.Request.RequestURI)}) != nil {
			return network.HangUp
		}
		return network.KeepOpen
	})
	expect("the path is that which was sent", "/api/a%2Fb?c", "own /api/a%2Fb?c")
	expect("another spelling is another path", "/api/a/b", "real ")
	rule("changed", "/api/", func(_ context.Context, x *network.Exchange) network.After {
		r, err := x.Forward()
		if err != nil {
			return network.Break
		}
		r.Body = append(bytes.ToUpper(r.Body), r.Header.Get("X-Real")...)
		_ = x.Send(r)
		return network.HangUp
	})
	expect("the last rule answers", "/api/a%2Fb", "REAL yes")
	l.Unanswer("changed")
	l.Unanswer("changed")
	expect("the first is still there", "/api/a%2Fb", "own /api/a%2Fb")
	rule("broken", "", func(context.Context, *network.Exchange) network.After { return network.Break })
	if _, _, err := get(t, c, base); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("Break came out as %v, want a reset", err)
	}
	if err := l.Answer(network.Rule{Name: "broken", Answer: func(context.Context, *network.Exchange) network.After { return network.Break }}); err == nil {
		t.Error("a name was taken twice")
	}
	l.Unanswer("broken")
	l.Unanswer("own")
	expect("without rules", "/api/a%2Fb", "real ")
	if len(asked) != 3 {
		t.Errorf("the server was asked %d times, want 3", len(asked))
	}
	if err := tcpLink(t, "").Answer(network.Rule{Name: "x"}); err == nil || !strings.Contains(err.Error(), "HTTP") {
		t.Errorf("a rule on a link of TCP: %v", err)
	}
}

// An answer that takes its time is told when it is over.
func TestARulesContextEnds(t *testing.T) {
	cases := map[string]struct {
		reason string
		end    func(l *network.Link, c *client)
	}{
		"RuleRemoved": {"The fault is healed.", func(l *network.Link, _ *client) { l.Unanswer("slow") }},
		"ClientGone":  {"Nobody waits for it.", func(_ *network.Link, c *client) { _ = c.Close() }},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l, _ := httpLink(t, func(http.ResponseWriter, *http.Request) {})
			begun, ended := make(chan struct{}), make(chan struct{})
			if err := l.Answer(network.Rule{Name: "slow", Answer: func(ctx context.Context, _ *network.Exchange) network.After {
				close(begun)
				<-ctx.Done()
				close(ended)
				return network.HangUp
			}}); err != nil {
				t.Fatal(err)
			}
			c := connect(t, l)
			if _, err := fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"); err != nil {
				t.Fatal(err)
			}
			<-begun
			tc.end(l, c)
			select {
			case <-ended:
			case <-time.After(patience):
				t.Error(tc.reason)
			}
		})
	}
}

// What a rule says is late and swallowed like the server's words.
func TestToxicsApplyToRules(t *testing.T) {
	l, server := httpLink(t, func(http.ResponseWriter, *http.Request) {})
	if err := l.Answer(network.Rule{Name: "own", Answer: func(_ context.Context, x *network.Exchange) network.After {
		_ = x.Send(network.Reply{Status: 200, Body: []byte("own")})
		return network.KeepOpen
	}}); err != nil {
		t.Fatal(err)
	}
	c := httpClient(t)
	hurried := &http.Client{Transport: c.Transport, Timeout: silence}
	for _, toxic := range []network.Toxic{
		{Type: network.BlackHole},
		{Type: network.Partition},
		{Type: network.HalfOpen},
		{Type: network.Latency, Latency: time.Minute},
		{Type: network.Reset},
		{Type: network.Refuse},
	} {
		if _, got, err := get(t, c, "http://"+l.Address()); got != "own" {
			t.Fatalf("before %s: %q, %v", toxic.Type, got, err)
		}
		toxic.Name = "x"
		add(t, l, toxic)
		if _, got, err := get(t, hurried, "http://"+l.Address()); err == nil && toxic.Type != network.HalfOpen {
			t.Errorf("through a link with %s: %q", toxic.Type, got)
		}
		remove(t, l, "x")
		c.CloseIdleConnections()
	}
	server.Close()
	if _, _, err := get(t, c, "http://"+l.Address()); err == nil {
		t.Error("a server that is gone answers")
	}
}
