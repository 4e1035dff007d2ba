package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

// TestStream reads a body by a decoder, which makes its own errors of what
// happens to the body.
func TestStream(t *testing.T) {
	t.Parallel()
	decode := func(_ httpapi.Response, body io.Reader) error {
		var v any
		return json.NewDecoder(body).Decode(&v)
	}
	own := errors.New("not what was wanted")
	cases := map[string]struct {
		reason   string
		answer   func(net.Conn)
		read     func(httpapi.Response, io.Reader) error
		limit    int64
		deadline time.Duration
		class    failure.Class
		detail   string
		own      bool
	}{
		"Whole":     {reason: "It fits, to the byte.", answer: clienttest.Writing("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1,2,3,4]"), read: decode, limit: 9},
		"ReadsPart": {reason: "What is not read is not missed: not its size, not its end.", answer: clienttest.Hanging("HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n[] and more"), read: decode, limit: 20},
		"TooLarge": {
			reason: "The bound holds for what is read.", answer: clienttest.Writing("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1,2,3,4]"),
			read: decode, limit: 8, class: failure.TooLarge, detail: "the answer is over 8 bytes",
		},
		"CutOff": {
			reason: "A broken body is told as such, not as bad JSON.", answer: clienttest.Writing("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1,2"),
			read: decode, limit: 99, class: failure.Malformed, detail: "the answer is cut off",
		},
		"Hangs": {
			reason: "So is one that stops.", answer: clienttest.Hanging("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1,2"),
			read: decode, limit: 99, deadline: 300 * time.Millisecond, class: failure.Timeout,
		},
		"OwnError": {
			reason: "The reader's own error is its own.", answer: clienttest.Writing("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"),
			read: func(httpapi.Response, io.Reader) error { return own }, limit: 99, own: true,
		},
		"NoBound": {
			reason: "The largest bound is none.", answer: clienttest.Writing("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"),
			read: decode, limit: 1<<63 - 1,
		},
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
			err := httpapi.Stream(newClient(t), request(ctx, t, http.MethodGet, clienttest.RawAnswer(t, tc.answer)), tc.limit, tc.read)
			if tc.own || err == nil {
				if errors.Is(err, own) != tc.own || tc.class != "" {
					t.Errorf("%s\ngot %v", tc.reason, err)
				}
				return
			}
			fe, ok := errors.AsType[*failure.Error](err)
			if !ok || fe.Class != tc.class || !fe.Sent || tc.detail != "" && fe.Detail != tc.detail {
				t.Errorf("%s\ngot %v", tc.reason, err)
			}
		})
	}
}

func TestStreamReadsByteByByte(t *testing.T) {
	url := clienttest.RawAnswer(t, clienttest.Writing("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Kind: test\r\n\r\nabcd"))
	err := httpapi.Stream(newClient(t), request(t.Context(), t, http.MethodGet, url), 4, func(resp httpapi.Response, body io.Reader) error {
		got, err := io.ReadAll(iotest.OneByteReader(body))
		if string(got) != "abcd" || resp.Status != http.StatusOK || resp.Header.Get("X-Kind") != "test" {
			t.Errorf("got %q, %+v", got, resp)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestSaid(t *testing.T) {
	cases := map[string]struct {
		reason string
		resp   httpapi.Response
		want   string
	}{
		"Body":     {reason: "Quoted.", resp: httpapi.Response{Status: 500, Body: []byte("no\n")}, want: `"no\n"`},
		"Empty":    {reason: "Saying nothing is worth a word.", resp: httpapi.Response{Status: 500}, want: "the answer is empty"},
		"Redirect": {reason: "Without what it may carry.", resp: httpapi.Response{Status: 302, Header: http.Header{"Location": {"https://u:SECRET@h/a?t=SECRET"}}, Body: []byte("x")}, want: `redirects are not followed; it points to "https://h/a"`},
		"Created":  {reason: "Only a redirect redirects.", resp: httpapi.Response{Status: 409, Header: http.Header{"Location": {"/a"}}, Body: []byte("x")}, want: `"x"`},
		"NotAURL":  {reason: "Nor is what it points to always a URL.", resp: httpapi.Response{Status: 302, Header: http.Header{"Location": {"http://%zz"}}}, want: "redirects are not followed; it points to something that is not a URL"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, httpapi.Said(tc.resp)); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestExplainJSONOfAStream(t *testing.T) {
	err := httpapi.ExplainJSON([]byte(`{"a":`), 1<<20, io.ErrUnexpectedEOF)
	if want := "the JSON is cut off after 1048576 bytes"; err.Error() != want || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %q, want %q", err, want)
	}
}
