package ratelimiter_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
)

// The two writes. The answers are good for the key k.
var writes = map[string]struct {
	method, answer string
	do             func(context.Context, *ratelimiter.Client) error
}{
	"ResetCounter": {http.MethodPost, `{"key":"k","reset":true}`, func(ctx context.Context, c *ratelimiter.Client) error {
		_, err := c.ResetCounter(ctx, "k")
		return err
	}},
	"UpdateLimit": {http.MethodPut, `{"key":"k","limit":1,"window_ms":1,"updated":true}`, func(ctx context.Context, c *ratelimiter.Client) error {
		_, err := c.UpdateLimit(ctx, "k", 1, time.Millisecond)
		return err
	}},
}

// TestWriteIsSentAtMostOnce gives the first endpoint every way to fail. Either
// nothing was sent and the second is tried, or the failure is final.
func TestWriteIsSentAtMostOnce(t *testing.T) {
	t.Parallel()
	redirect := func(status int) func(*testing.T) *clienttest.Endpoint {
		return func(t *testing.T) *clienttest.Endpoint {
			t.Helper()
			return clienttest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/elsewhere", status)
			})
		}
	}
	fixed := func(status int, body string) func(*testing.T) *clienttest.Endpoint {
		return func(t *testing.T) *clienttest.Endpoint {
			t.Helper()
			return clienttest.Serve(t, clienttest.Answering(status, body))
		}
	}
	raw := func(answer string) func(*testing.T) *clienttest.Endpoint {
		return func(t *testing.T) *clienttest.Endpoint {
			t.Helper()
			n := &clienttest.Endpoint{}
			n.URL = clienttest.RawServer(t, func(conn net.Conn) {
				req, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, req.Body)
				n.Asked.Add(1)
				_, _ = io.WriteString(conn, answer)
			})
			return n
		}
	}
	dead := func(t *testing.T) *clienttest.Endpoint {
		t.Helper()
		return &clienttest.Endpoint{URL: clienttest.DeadURL(t)}
	}
	noTLS := func(t *testing.T) *clienttest.Endpoint {
		t.Helper()
		return &clienttest.Endpoint{URL: strings.Replace(clienttest.RawServer(t, func(net.Conn) {}), "http", "https", 1)}
	}
	hung := func(t *testing.T) *clienttest.Endpoint {
		t.Helper()
		return clienttest.Serve(t, clienttest.Silent)
	}
	cases := map[string]struct {
		reason   string
		first    func(*testing.T) *clienttest.Endpoint
		want     failure.Class // of the call; "": the second endpoint did it
		deadline time.Duration
		asked    int64 // of the first endpoint
	}{
		"Dead":      {reason: "No connection: nothing was sent.", first: dead},
		"NotTLS":    {reason: "No handshake: nothing was sent.", first: noTLS},
		"Closes":    {reason: "Read and closed without an answer: in doubt.", first: raw(""), want: failure.Unreachable, asked: 1},
		"CutHeader": {reason: "Closed within the header: in doubt.", first: raw("HTTP/1.1 200 OK\r\nContent-"), want: failure.Malformed, asked: 1},
		"CutBody":   {reason: "Closed within the body: in doubt.", first: raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), want: failure.Malformed, asked: 1},
		"NotHTTP":   {reason: "Something else answered: in doubt.", first: raw("-ERR unknown command\r\n"), want: failure.Malformed, asked: 1},
		"Hangs":     {reason: "No answer in time: in doubt.", first: hung, want: failure.Timeout, deadline: 2 * time.Second, asked: 1},
		"Fails":     {reason: "A 500 may come after the change.", first: fixed(500, "Internal Server Error"), want: failure.Failing, asked: 1},
		"Busy":      {reason: "A 503 is not sent elsewhere either.", first: fixed(503, ""), want: failure.Failing, asked: 1},
		"BadJSON":   {reason: "Done, by the status; what was done is not known.", first: fixed(200, "ok"), want: failure.Malformed, asked: 1},
		"WrongJSON": {reason: "Done, by the status; what was done is not known.", first: fixed(200, `{"key":"k"}`), want: failure.Malformed, asked: 1},
		"NoContent": {reason: "Done, by the status; what was done is not known.", first: fixed(204, ""), want: failure.Malformed, asked: 1},
		"OtherKey":  {reason: "Done, to another key.", first: fixed(200, `{"key":"other","reset":true,"limit":1,"window_ms":1,"updated":true}`), want: failure.Malformed, asked: 1},
		"NotFound":  {reason: "A refusal is final.", first: fixed(404, `{"detail":"Not Found"}`), want: failure.Rejected, asked: 1},
		"Moved301":  {reason: "Redirects are not followed.", first: redirect(301), want: failure.Rejected, asked: 1},
		"Moved307":  {reason: "Nor those that keep method and body.", first: redirect(307), want: failure.Rejected, asked: 1},
		"Moved308":  {reason: "Nor those that keep method and body.", first: redirect(308), want: failure.Rejected, asked: 1},
	}
	for name, tc := range cases {
		for writeName, write := range writes {
			t.Run(name+"/"+writeName, func(t *testing.T) {
				t.Parallel()
				first, second := tc.first(t), clienttest.Serve(t, clienttest.Answering(200, write.answer))
				c := newClient(t, ratelimiter.Options{BaseURLs: []string{first.URL, second.URL}})
				ctx := t.Context()
				if tc.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tc.deadline)
					defer cancel()
				}
				err := write.do(ctx, c)
				if class := failure.ClassOf(err); class != tc.want {
					t.Fatalf("%s\nclass %q, want %q: %v", tc.reason, class, tc.want, err)
				}
				if got := first.Asked.Load(); got != tc.asked {
					t.Errorf("%s\nthe first endpoint saw %d requests, want %d", tc.reason, got, tc.asked)
				}
				wantSecond := int64(0)
				if tc.want == "" {
					wantSecond = 1
				}
				if got := second.Asked.Load(); got != wantSecond {
					t.Errorf("%s\nthe second endpoint saw %d requests, want %d", tc.reason, got, wantSecond)
				}
				if fe, ok := errors.AsType[*failure.Error](err); ok && !fe.Sent {
					t.Errorf("%s\nwas sent, but says it was not: %v", tc.reason, err)
				}
			})
		}
	}
}

func TestWriteNowhereToSend(t *testing.T) {
	c := newClient(t, ratelimiter.Options{BaseURLs: []string{clienttest.DeadURL(t), clienttest.DeadURL(t)}})
	_, err := c.ResetCounter(t.Context(), "k")
	all, ok := errors.AsType[*ratelimiter.EndpointsError](err)
	if !ok || len(all.Failures) != 2 {
		t.Fatalf("want the failures of both endpoints: %v", err)
	}
	for _, f := range all.Failures {
		if f.Sent || f.Class != failure.Unreachable {
			t.Errorf("nothing was sent: %+v", f)
		}
	}
	if ratelimiter.Answered(err) {
		t.Error("nothing answered")
	}
}

func TestWriteCancelledBefore(t *testing.T) {
	n := clienttest.Serve(t, clienttest.Answering(200, writes["ResetCounter"].answer))
	c := newClient(t, ratelimiter.Options{BaseURLs: []string{n.URL, n.URL}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.ResetCounter(ctx, "k")
	fe, ok := errors.AsType[*failure.Error](err)
	if !ok || fe.Class != failure.Canceled || fe.Sent || n.Asked.Load() != 0 {
		t.Errorf("got %v after %d requests, want canceled and nothing sent", err, n.Asked.Load())
	}
}

// untraced hides a transport's progress, as a wrapper of another kind would.
type untraced struct{ err error }

func (u untraced) RoundTrip(*http.Request) (*http.Response, error) { return nil, u.err }

func TestWriteThroughATransportThatDoesNotTrace(t *testing.T) {
	c := newClient(t, ratelimiter.Options{
		BaseURLs:   []string{"http://a", "http://b"},
		HTTPClient: &http.Client{Transport: untraced{errors.New("something went wrong")}},
	})
	_, err := c.ResetCounter(t.Context(), "k")
	if fe, ok := errors.AsType[*failure.Error](err); !ok || !fe.Sent || fe.Target != "http://a" {
		t.Errorf("where nothing is known of the sending, it counts as sent and ends there: %v", err)
	}
}

func TestUpdateLimitValidates(t *testing.T) {
	n := clienttest.Serve(t, clienttest.Answering(200, writes["UpdateLimit"].answer))
	c := newClient(t, ratelimiter.Options{BaseURLs: []string{n.URL}})
	cases := map[string]struct {
		reason string
		key    string
		limit  int64
		window time.Duration
		want   string
	}{
		"NegativeLimit":  {reason: "The service would take it.", key: "k", limit: -1, want: "limit: negative: -1"},
		"NegativeWindow": {reason: "No window ends before it begins.", key: "k", window: -time.Second, want: "window: negative: -1s"},
		"PartOfAMS":      {reason: "The wire has milliseconds.", key: "k", window: 1500 * time.Microsecond, want: "window: not a whole number of milliseconds: 1.5ms"},
		"NoKey":          {reason: "The path would be another call's.", want: "key: empty; the path of an empty key is that of another call"},
		"BadKey":         {reason: "JSON could not carry it back.", key: "a\xff", want: `key: not valid UTF-8, which the API's JSON cannot carry: "a\xff"`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := c.UpdateLimit(t.Context(), tc.key, tc.limit, tc.window)
			if diff := cmp.Diff(clienttest.Outcome{Class: failure.Invalid, Detail: tc.want}, clienttest.OutcomeOf(nil, err)); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
	if got := n.Asked.Load(); got != 0 {
		t.Errorf("%d requests were sent", got)
	}
}
