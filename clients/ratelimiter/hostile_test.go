package ratelimiter_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
)

func TestHostileAnswers(t *testing.T) {
	const bound = 1 << 10
	raw := func(answer func(net.Conn)) func(*testing.T) string {
		return func(t *testing.T) string {
			t.Helper()
			return clienttest.RawAnswer(t, answer)
		}
	}
	closing := func(t *testing.T) string {
		t.Helper()
		return clienttest.RawServer(t, func(net.Conn) {})
	}
	padded := func(size int) string { return anAnswer + strings.Repeat(" ", size-len(anAnswer)) }
	served := func(handler http.HandlerFunc) func(*testing.T) string {
		return func(t *testing.T) string {
			t.Helper()
			return clienttest.Serve(t, handler).URL
		}
	}
	cases := map[string]struct {
		reason string
		server func(*testing.T) string
		want   clienttest.Outcome // of Limits
	}{
		"AtTheBound": {
			reason: "A body as large as the bound is read.",
			server: served(clienttest.Answering(200, padded(bound))),
			want:   clienttest.Outcome{Value: ratelimiter.Limits{DefaultLimit: 10, DefaultWindowMS: 60000}},
		},
		"OverTheBound": {
			reason: "One byte more is not.",
			server: served(clienttest.Answering(200, padded(bound+1))),
			want:   clienttest.Outcome{Class: failure.TooLarge, Status: 200, Detail: "the answer is over 1024 bytes", Sent: true},
		},
		"EndlessBody": {
			reason: "An answer without end ends at the bound.",
			server: raw(clienttest.Endless("HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("[", 1000))),
			want:   clienttest.Outcome{Class: failure.TooLarge, Status: 200, Detail: "the answer is over 1024 bytes", Sent: true},
		},
		"CutOff": {
			reason: "Half an answer is none.",
			server: raw(clienttest.Writing("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"default_limit\":1")),
			want:   clienttest.Outcome{Class: failure.Malformed, Detail: "the answer is cut off", Sent: true},
		},
		"CutJSON": {
			reason: "Nor is a complete answer with half a document.",
			server: served(clienttest.Answering(200, `{"default_limit":1`)),
			want:   clienttest.Outcome{Class: failure.Malformed, Status: 200, Detail: "the JSON is cut off after 18 bytes", Sent: true},
		},
		"TwoDocuments": {
			reason: "Which of them is the answer?",
			server: served(clienttest.Answering(200, `{}{}`)),
			want:   clienttest.Outcome{Class: failure.Malformed, Status: 200, Detail: `more than one JSON value in the answer: "{}{}"`, Sent: true},
		},
		"TerminalEscapes": {
			reason: "What the service says is escaped.",
			server: served(clienttest.Answering(500, "\x1b[2J\u202egnp.exe\r\n")),
			want:   clienttest.Outcome{Class: failure.Failing, Status: 500, Detail: `"\x1b[2J\u202egnp.exe\r\n"`, Sent: true},
		},
		"EscapesInDetail": {
			reason: "A 422's parts are escaped too.",
			server: served(clienttest.Answering(422, `{"detail":[{"loc":["body","\u001b]0;x"],"msg":"\u0007"}]}`)),
			want:   clienttest.Outcome{Class: failure.Rejected, Status: 422, Detail: `body.\x1b]0;x: \a`, Sent: true},
		},
		"DetailText": {
			reason: "A detail may be a text.",
			server: served(clienttest.Answering(422, `{"detail":"limit must be positive"}`)),
			want:   clienttest.Outcome{Class: failure.Rejected, Status: 422, Detail: `"limit must be positive"`, Sent: true},
		},
		"DetailManyFaults": {
			reason: "Of many faults the first are told.",
			server: served(clienttest.Answering(422, `{"detail":[`+strings.Repeat(`{"loc":["a",0],"msg":"b"},`, 9)+`{"loc":[],"msg":"c"}]}`)),
			want:   clienttest.Outcome{Class: failure.Rejected, Status: 422, Detail: strings.Repeat("a.0: b; ", 8) + "and 2 more", Sent: true},
		},
		"DetailOdd": {
			reason: "A detail of no known form is quoted with the rest.",
			server: served(clienttest.Answering(422, `{"detail":{"a":1}}`)),
			want:   clienttest.Outcome{Class: failure.Rejected, Status: 422, Detail: `"{\"detail\":{\"a\":1}}"`, Sent: true},
		},
		"Empty500": {
			reason: "Saying nothing is worth a word.",
			server: served(clienttest.Answering(500, "")),
			want:   clienttest.Outcome{Class: failure.Failing, Status: 500, Detail: "the answer is empty", Sent: true},
		},
		"Redirect": {
			reason: "Not followed; shown without what it may carry.",
			server: served(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "https://user:secret@sso.example/login?token=secret#secret")
				w.WriteHeader(http.StatusFound)
			}),
			want: clienttest.Outcome{Class: failure.Rejected, Status: 302, Detail: `redirects are not followed; it points to "https://sso.example/login"`, Sent: true},
		},
		"RedirectOdd": {
			reason: "Nor is one that points nowhere.",
			server: served(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "http://%zz")
				w.WriteHeader(http.StatusTemporaryRedirect)
			}),
			want: clienttest.Outcome{
				Class: failure.Malformed, Sent: true,
				Detail: `reading the answer: failed to parse Location header "http://%zz": parse "http://%zz": invalid URL escape "%zz"`,
			},
		},
		"RedirectNowhere": {
			reason: "A redirect need not say where to.",
			server: served(clienttest.Answering(http.StatusFound, "")),
			want:   clienttest.Outcome{Class: failure.Rejected, Status: 302, Detail: "the answer is empty", Sent: true},
		},
		"NotHTTP": {
			reason: "Redis, by the port.",
			server: raw(clienttest.Writing("-ERR unknown command 'GET'\r\n")),
			want:   clienttest.Outcome{Class: failure.Malformed, Detail: `reading the answer: net/http: HTTP/1.x transport connection broken: malformed HTTP status code "unknown"`, Sent: true},
		},
		"OtherProtocol": {
			reason: "The bare connection of a 101 would outlive any deadline.",
			server: raw(clienttest.Hanging("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")),
			want:   clienttest.Outcome{Class: failure.Malformed, Status: 101, Detail: "the server switched to another protocol, unasked", Sent: true},
		},
		"ClosedAtOnce": {
			reason: "Connected, and nothing.",
			server: closing,
			want:   clienttest.Outcome{Class: failure.Unreachable, Sent: true}, // the detail is the system's
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, ratelimiter.Options{BaseURLs: []string{tc.server(t)}, MaxBody: bound})
			limits, err := c.Limits(t.Context())
			got := clienttest.OutcomeOf(limits, err)
			if tc.want.Class == failure.Unreachable {
				got.Detail = ""
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestDeadlineIsHonoured has servers that stop at each point of an answer.
func TestDeadlineIsHonoured(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]string{
		"Nothing":    "",
		"HalfHeader": "HTTP/1.1 200 OK\r\nConte",
		"HalfBody":   "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
		"NoEnd":      "HTTP/1.1 200 OK\r\n\r\n" + anAnswer,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := clienttest.RawAnswer(t, clienttest.Hanging(sent))
			c := newClient(t, ratelimiter.Options{BaseURLs: []string{url, url}})
			clienttest.MustTimeOut(t, func(ctx context.Context) error {
				_, err := c.Limits(ctx)
				return err
			})
		})
	}
}

func TestConcurrentCalls(t *testing.T) {
	urls, _ := endpointsOf(t, "500", "good", "dead", "html", "hung", "good")
	c := newClient(t, ratelimiter.Options{BaseURLs: urls, HedgeDelay: 5 * time.Millisecond, Timeout: 10 * time.Second})
	var calls sync.WaitGroup
	for range 50 {
		calls.Go(func() {
			for range 5 {
				if got, err := c.Limits(t.Context()); err != nil || got.DefaultLimit != 10 {
					t.Errorf("Limits() = %+v, %v", got, err)
				}
				_, _ = c.Health(t.Context(), urls[0])
				_, _ = c.ResetCounter(t.Context(), "k")
			}
		})
	}
	calls.Wait()
}
