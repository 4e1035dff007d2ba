package httpapi_test

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

func request(ctx context.Context, t *testing.T, method, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestSendAnswers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Kind", "test")
		if r.URL.Path == "/missing" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, "12345678")
	}))
	defer server.Close()
	cases := map[string]struct {
		reason, path string
		limit        int64
		want         httpapi.Response
		class        failure.Class
	}{
		"Whole":     {reason: "An answer.", path: "/", limit: 100, want: httpapi.Response{Status: 200, Body: []byte("12345678")}},
		"AnyStatus": {reason: "A 404 is an answer.", path: "/missing", limit: 100, want: httpapi.Response{Status: 404, Body: []byte("12345678")}},
		"AtLimit":   {reason: "The limit itself fits.", path: "/", limit: 8, want: httpapi.Response{Status: 200, Body: []byte("12345678")}},
		"OverLimit": {reason: "One byte more does not.", path: "/", limit: 7, class: failure.TooLarge},
		"NoLimit":   {reason: "The largest limit is not a small one.", path: "/", limit: math.MaxInt64, want: httpapi.Response{Status: 200, Body: []byte("12345678")}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := httpapi.Send(newClient(t), request(t.Context(), t, http.MethodGet, server.URL+tc.path), tc.limit)
			if class := failure.ClassOf(err); class != tc.class {
				t.Fatalf("%s\nclass %q, want %q: %v", tc.reason, class, tc.class, err)
			}
			if err == nil && got.Header.Get("X-Kind") != "test" {
				t.Errorf("%s\nthe headers are lost: %v", tc.reason, got.Header)
			}
			got.Header = nil
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestSendFailures(t *testing.T) {
	t.Parallel()
	raw := func(answer func(net.Conn)) func(*testing.T) string {
		return func(t *testing.T) string {
			t.Helper()
			return clienttest.RawAnswer(t, answer)
		}
	}
	noTLS := func(t *testing.T) string {
		t.Helper()
		return strings.Replace(clienttest.RawAnswer(t, clienttest.Writing("")), "http", "https", 1)
	}
	cases := map[string]struct {
		reason   string
		url      func(*testing.T) string
		deadline time.Duration
		class    failure.Class
		detail   string // a regular expression
		notSent  bool
	}{
		"Refused":     {reason: "No connection, nothing sent.", url: clienttest.DeadURL, class: failure.Unreachable, detail: "connection refused$", notSent: true},
		"NoTLS":       {reason: "No handshake, nothing sent.", url: noTLS, class: failure.Unreachable, detail: ".", notSent: true},
		"NoAnswer":    {reason: "Closed without a byte.", url: raw(clienttest.Writing("")), class: failure.Unreachable, detail: "^the connection was closed without an answer$"},
		"Hangs":       {reason: "Not a byte.", url: raw(clienttest.Hanging("")), deadline: time.Second, class: failure.Timeout, detail: "^no complete answer within [0-9.]+m?s$"},
		"HangsLater":  {reason: "Not the rest.", url: raw(clienttest.Hanging("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n1")), deadline: time.Second, class: failure.Timeout, detail: "^no complete answer within [0-9.]+m?s$"},
		"NotHTTP":     {reason: "It spoke, but not HTTP.", url: raw(clienttest.Writing("SSH-2.0-x\r\n\r\n")), class: failure.Malformed, detail: "^reading the answer: .*malformed HTTP"},
		"CutHeader":   {reason: "Not to the end.", url: raw(clienttest.Writing("HTTP/1.1 200 OK\r\nA: ")), class: failure.Malformed, detail: "^the answer is cut off$"},
		"CutBody":     {reason: "Not to the end.", url: raw(clienttest.Writing("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n1")), class: failure.Malformed, detail: "^the answer is cut off$"},
		"BadChunk":    {reason: "Chunked, but not so.", url: raw(clienttest.Writing("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")), class: failure.Malformed, detail: "^reading the answer: .*chunk"},
		"BadGzip":     {reason: "Compressed, but not so.", url: raw(clienttest.Writing("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip at all")), class: failure.Malformed, detail: "^reading the answer: gzip"},
		"Switching":   {reason: "A bare connection would never end.", url: raw(clienttest.Hanging("HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")), class: failure.Malformed, detail: "another protocol"},
		"EndlessHead": {reason: "Headers have a bound too.", url: raw(clienttest.Endless("HTTP/1.1 200 OK\r\n", strings.Repeat("A: b\r\n", 1000))), class: failure.Malformed, detail: "^reading the answer: "},
		"Hostile":     {reason: "What it said is escaped.", url: raw(clienttest.Writing("\x1b[2J\u202e\r\n\r\n")), class: failure.Malformed, detail: `^[ -~]+$`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			if tc.deadline > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, tc.deadline)
				defer cancel()
			}
			url := tc.url(t)
			_, err := httpapi.Send(newClient(t), request(ctx, t, http.MethodPost, url+"/a%2Fb?secret"), 1<<20)
			fe, ok := errors.AsType[*failure.Error](err)
			if !ok {
				t.Fatalf("%s\nnot a failure: %v", tc.reason, err)
			}
			if fe.Class != tc.class || fe.Sent == tc.notSent || fe.Op != "POST /a%2Fb" || fe.Target != url {
				t.Errorf("%s\ngot %+v", tc.reason, fe)
			}
			if !regexp.MustCompile(tc.detail).MatchString(fe.Detail) {
				t.Errorf("%s\nthe detail %q is not as %q", tc.reason, fe.Detail, tc.detail)
			}
		})
	}
}

func TestSendEndedContext(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		end    func(context.Context) (context.Context, context.CancelFunc)
		want   failure.Class
	}{
		"Canceled": {reason: "The caller had given up.", want: failure.Canceled, end: func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, cancel
		}},
		"Deadline": {reason: "The deadline had passed.", want: failure.Timeout, end: func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithDeadline(ctx, time.Now().Add(-time.Second))
		}},
		"Cause": {reason: "A cause does not hide who ended it.", want: failure.Canceled, end: func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			cancel(errors.New("shutting down"))
			return ctx, func() { cancel(nil) }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := tc.end(t.Context())
			defer cancel()
			doer := doerFunc(func(*http.Request) (*http.Response, error) {
				t.Error("it was sent")
				return nil, io.EOF
			})
			_, err := httpapi.Send(doer, request(ctx, t, http.MethodGet, "http://h/"), 1)
			fe, ok := errors.AsType[*failure.Error](err)
			if !ok || fe.Class != tc.want || fe.Sent {
				t.Errorf("%s\ngot %+v", tc.reason, err)
			}
		})
	}
}

type doerFunc func(*http.Request) (*http.Response, error)

func (f doerFunc) Do(req *http.Request) (*http.Response, error) { return f(req) }

func TestSendCanceledUnderway(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	url := clienttest.RawAnswer(t, func(conn net.Conn) {
		cancel() // once the request is here
		_, _ = io.Copy(io.Discard, conn)
	})
	_, err := httpapi.Send(newClient(t), request(ctx, t, http.MethodGet, url), 1)
	fe, ok := errors.AsType[*failure.Error](err)
	if !ok || fe.Class != failure.Canceled || !fe.Sent || !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v", err)
	}
}

func TestSendThroughADoerThatDoesNotTrace(t *testing.T) {
	for _, cause := range []error{io.EOF, &net.OpError{Op: "dial", Err: errors.New("connection refused")}} {
		doer := doerFunc(func(*http.Request) (*http.Response, error) { return nil, cause })
		_, err := httpapi.Send(doer, request(t.Context(), t, http.MethodPost, "http://h/"), 1)
		if fe, ok := errors.AsType[*failure.Error](err); !ok || !fe.Sent {
			t.Errorf("whether %v was sent is not known, so it counts as sent: %+v", cause, err)
		}
	}
}

func TestSendShowsNoCredentials(t *testing.T) {
	url := strings.Replace(clienttest.RawAnswer(t, clienttest.Writing("")), "http://", "http://user:SECRET@", 1)
	_, err := httpapi.Send(newClient(t), request(t.Context(), t, http.MethodGet, url+"/?token=SECRET"), 1)
	for e := err; e != nil; e = errors.Unwrap(e) {
		if text := e.Error(); strings.Contains(text, "SECRET") || strings.Contains(text, "user") {
			t.Errorf("shown: %s", text)
		}
	}
}

func TestSendBoundsThePathItNames(t *testing.T) {
	path := "/" + strings.Repeat("a", 1<<20)
	doer := doerFunc(func(*http.Request) (*http.Response, error) { return nil, io.EOF })
	_, err := httpapi.Send(doer, request(t.Context(), t, http.MethodGet, "http://h"+path), 1)
	if len(err.Error()) > 500 {
		t.Errorf("an error of %d bytes", len(err.Error()))
	}
}

func TestWithoutRedirects(t *testing.T) {
	server := httptest.NewServer(http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect))
	defer server.Close()
	plain := newClient(t)
	got, err := httpapi.Send(httpapi.WithoutRedirects(plain), request(t.Context(), t, http.MethodGet, server.URL), 1<<10)
	if err != nil || got.Status != http.StatusTemporaryRedirect || got.Header.Get("Location") != "/elsewhere" {
		t.Errorf("got %d, %v", got.Status, err)
	}
	if plain.CheckRedirect != nil {
		t.Error("the caller's client was changed")
	}
}
