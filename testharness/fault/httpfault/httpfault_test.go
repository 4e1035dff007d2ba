package httpfault_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/httpfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/faulttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	patience = 30 * time.Second
	document = `{"nodes":[{"id":"node-1","state":"Up","count":12345678901234567890,"ok":true,"gone":null}],"labels":{"a":"b"}}`
)

// api is a server with two links to it, which counts what it is asked.
type api struct {
	*faulttest.Stack
	asked  atomic.Int64
	client *http.Client
}

func newAPI(t *testing.T) *api {
	t.Helper()
	a := &api{Stack: &faulttest.Stack{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.asked.Add(1)
		if r.URL.Path == "/text" {
			_, _ = io.WriteString(w, "text")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, document)
	}))
	t.Cleanup(server.Close)
	n := faulttest.Net(t)
	for _, to := range []string{"node-1", "node-2"} {
		l, err := n.HTTP(t.Context(), network.Operator, to, server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		a.LinkList = append(a.LinkList, l)
	}
	raw, err := n.TCP(t.Context(), network.Operator, "redis", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	a.LinkList = append(a.LinkList, raw)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	a.client = &http.Client{Transport: transport}
	return a
}

// answer is what came back.
type answer struct {
	status int
	kind   string
	length int64
	body   string
	err    error
}

func (a *api) get(t *testing.T, l *network.Link, path string, bound time.Duration) answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+l.Address()+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r, err := a.client.Do(request)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	return answer{r.StatusCode, r.Header.Get("Content-Type"), r.ContentLength, string(body), err}
}

func TestKinds(t *testing.T) { faulttest.CheckKinds(t, httpfault.Kinds()) }

// Each kind is injected for one path of one link and healed, twice.
func TestHTTPFaults(t *testing.T) {
	const moment = 300 * time.Millisecond
	cases := map[string]struct {
		reason string
		with   string
		bound  time.Duration
		asked  bool // the server is asked
		check  func(t *testing.T, got answer)
	}{
		"http_status": {
			"It is what was chosen.", `"status": 503, "body": "later", "content_type": "text/x-words"`, patience, false,
			func(t *testing.T, got answer) {
				equal(t, got, answer{status: 503, kind: "text/x-words", length: 5, body: "later"})
			},
		},
		"http_html": {
			"It is a page with a success.", "", patience, false,
			func(t *testing.T, got answer) {
				if got.status != 200 || !strings.HasPrefix(got.kind, "text/html") || !strings.Contains(got.body, "<html") {
					t.Errorf("got %+v", got)
				}
			},
		},
		"http_empty_body": {
			"Only the body is missing.", "", patience, true,
			func(t *testing.T, got answer) { equal(t, got, answer{status: 200, kind: "application/json"}) },
		},
		"http_truncated": {
			"More was promised.", "", patience, true,
			func(t *testing.T, got answer) {
				if got.body != document[:len(document)/2] || got.length != int64(len(document)) || !errors.Is(got.err, io.ErrUnexpectedEOF) {
					t.Errorf("got %+v", got)
				}
			},
		},
		"http_reset": {
			"The connection breaks.", "", patience, true,
			func(t *testing.T, got answer) {
				if !errors.Is(got.err, syscall.ECONNRESET) {
					t.Errorf("error = %v, want a reset", got.err)
				}
			},
		},
		"http_huge": {
			"Its end is far.", `"bytes": 3000001`, patience, false,
			func(t *testing.T, got answer) {
				if len(got.body) != 3000001 || got.length != -1 || !json.Valid([]byte(got.body)) || got.err != nil {
					t.Errorf("%d bytes, length %d, valid %t, %v", len(got.body), got.length, json.Valid([]byte(got.body)), got.err)
				}
			},
		},
		"http_wrong_types": {
			"Everything is there, and something else.", "", patience, true,
			func(t *testing.T, got answer) {
				equalJSON(t, got, `{"nodes":{"0":{"id":6,"state":2,"count":"12345678901234567890","ok":"true","gone":null}},"labels":{"a":1}}`)
			},
		},
		"http_unknown_fields": {
			"What was there is there.", "", patience, true,
			func(t *testing.T, got answer) {
				more := `"x_added_as_well":{"list":[1,"two",null,true]},"x_added_in_a_later_version":"new"`
				equalJSON(t, got, `{"nodes":[{"id":"node-1","state":"Up","count":12345678901234567890,"ok":true,"gone":null,`+more+`}],`+
					`"labels":{"a":"b","x_added_in_a_later_version":"new"},`+more+`}`)
			},
		},
		"http_slow_headers": {
			"No answer within the time.", `"delay": "1m"`, moment, true,
			func(t *testing.T, got answer) {
				if !errors.Is(got.err, context.DeadlineExceeded) || got.status != 0 {
					t.Errorf("got %+v, want a timeout without a status", got)
				}
			},
		},
		"http_slow_body": {
			"A status, and no body within the time.", `"bytes_per_second": 1`, moment, true,
			func(t *testing.T, got answer) {
				if !errors.Is(got.err, context.DeadlineExceeded) || got.status != 200 || len(got.body) > 1 {
					t.Errorf("got %+v, want a status and a timeout", got)
				}
			},
		},
		"http_redirect_loop": {
			"Go gives up after ten.", "", patience, false,
			func(t *testing.T, got answer) {
				if got.err == nil || !strings.Contains(got.err.Error(), "10 redirects") {
					t.Errorf("error = %v", got.err)
				}
			},
		},
	}
	if len(cases) != len(httpfault.Kinds()) {
		t.Errorf("%d kinds are tried, and there are %d", len(cases), len(httpfault.Kinds()))
	}
	for kind, tc := range cases {
		t.Run(kind, func(t *testing.T) {
			a := newAPI(t)
			hurt, spared := a.LinkList[0], a.LinkList[1]
			healthy := answer{status: 200, kind: "application/json", length: int64(len(document)), body: document}
			with := `{"path": "/api/"`
			if tc.with != "" {
				with += ", " + tc.with
			}
			f := faulttest.Make(t, httpfault.Kinds(), a, stack.Spec{Kind: kind, On: "operator->node-1", With: json.RawMessage(with + "}")})
			faulttest.Do(t, "heal what was not injected", f.Heal)
			for range 2 {
				faulttest.Do(t, "inject", f.Inject)
				before := a.asked.Load()
				tc.check(t, a.get(t, hurt, "/api/nodes", tc.bound))
				if asked := a.asked.Load() != before; asked != tc.asked {
					t.Errorf("the server was asked: %t, want %t", asked, tc.asked)
				}
				equal(t, a.get(t, hurt, "/other", patience), healthy)
				equal(t, a.get(t, spared, "/api/nodes", patience), healthy)
				faulttest.Do(t, "heal", f.Heal)
				faulttest.Do(t, "heal again", f.Heal)
				equal(t, a.get(t, hurt, "/api/nodes", patience), healthy)
			}
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

func equal(t *testing.T, got, want answer) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(answer{}), cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) })); diff != "" {
		t.Error(diff)
	}
}

func equalJSON(t *testing.T, got answer, want string) {
	t.Helper()
	var documents [2]any
	for i, text := range []string{want, got.body} {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&documents[i]); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
	if diff := cmp.Diff(documents[0], documents[1]); diff != "" || got.err != nil {
		t.Errorf("%v %s", got.err, diff)
	}
}

// What is slow goes on at once when the fault is healed.
func TestHealingEndsSlowness(t *testing.T) {
	for kind, with := range map[string]string{
		"http_slow_headers": `{"delay": "10m"}`, "http_slow_body": `{"bytes_per_second": 1}`,
	} {
		t.Run(kind, func(t *testing.T) {
			a := newAPI(t)
			f := faulttest.Make(t, httpfault.Kinds(), a, stack.Spec{Kind: kind, On: "operator->*", With: json.RawMessage(with)})
			faulttest.Do(t, "inject", f.Inject)
			got := make(chan answer, 1)
			go func() { got <- a.get(t, a.LinkList[0], "/", patience) }()
			if err := wait.For(faulttest.Context(t), "the server to be asked", func() (bool, error) { return a.asked.Load() > 0, nil }); err != nil {
				t.Fatal(err)
			}
			faulttest.Do(t, "heal", f.Heal)
			equal(t, <-got, answer{status: 200, kind: "application/json", length: int64(len(document)), body: document})
		})
	}
}

func TestTruncation(t *testing.T) {
	cases := map[string]struct {
		reason, framing string
		want            error
	}{
		"Length":  {"Bytes are missing.", "length", io.ErrUnexpectedEOF},
		"Chunked": {"The last chunk is missing.", "chunked", io.ErrUnexpectedEOF},
		"None":    {"HTTP is content.", "none", nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t)
			f := faulttest.Make(t, httpfault.Kinds(), a, stack.Spec{
				Kind: "http_truncated", On: "operator->node-1", With: json.RawMessage(`{"framing": "` + tc.framing + `"}`),
			})
			faulttest.Do(t, "inject", f.Inject)
			got := a.get(t, a.LinkList[0], "/", patience)
			if got.body != document[:len(document)/2] || !errors.Is(got.err, tc.want) {
				t.Errorf("%s\ngot %+v, want half and %v", tc.reason, got, tc.want)
			}
		})
	}
}

func TestTextHasNoTypes(t *testing.T) {
	a := newAPI(t)
	f := faulttest.Make(t, httpfault.Kinds(), a, stack.Spec{Kind: "http_wrong_types", On: "operator->*"})
	faulttest.Do(t, "inject", f.Inject)
	if got := a.get(t, a.LinkList[0], "/text", patience); got.body != "text" || got.err != nil {
		t.Errorf("got %+v, want the text as it was", got)
	}
}

func TestErrorsNameTheField(t *testing.T) {
	a := newAPI(t)
	cases := map[string]struct{ reason, kind, on, with, want string }{
		"NoHTTP":       {"Redis speaks otherwise.", "http_html", "operator->redis", "", "operator->node-2"},
		"Path":         {"It cannot match.", "http_reset", "operator->*", `{"path": "api"}`, "with.path"},
		"Status":       {"No final answer.", "http_status", "operator->*", `{"status": 100}`, "with.status"},
		"PageStatus":   {"No status.", "http_html", "operator->*", `{"status": 1000}`, "with.status"},
		"Redirect":     {"No redirect.", "http_redirect_loop", "operator->*", `{"status": 200}`, "with.status"},
		"Framing":      {"There are three.", "http_truncated", "operator->*", `{"framing": "x"}`, "with.framing"},
		"Bytes":        {"That is empty.", "http_huge", "operator->*", `{"bytes": 0}`, "with.bytes"},
		"Delay":        {"It needs a unit.", "http_slow_headers", "operator->*", `{"delay": "5"}`, "with.delay"},
		"Speed":        {"That is a hang.", "http_slow_body", "operator->*", `{"bytes_per_second": 0}`, "with.bytes_per_second"},
		"UnknownField": {"It would do nothing.", "http_empty_body", "operator->*", `{"body": ""}`, "body"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := faulttest.Try(t, httpfault.Kinds(), a, stack.Spec{Kind: tc.kind, On: tc.on, With: json.RawMessage(tc.with)})
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), tc.kind+": ") {
				t.Errorf("%s\nerror = %v, want %q in it", tc.reason, err, tc.want)
			}
		})
	}
	for _, k := range httpfault.Kinds() {
		faulttest.Make(t, httpfault.Kinds(), a, stack.Spec{Kind: k.Name, On: "*->*", With: faulttest.Defaults(t, k)})
	}
}
