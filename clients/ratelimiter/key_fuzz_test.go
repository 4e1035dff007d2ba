package ratelimiter

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/endpoints"
)

var hardKeys = []string{
	"", "a", ".", "..", "...", "./", "a/../b", "a/b", "/", "//evil/", "../limits/other", "%2F", "%2e%2e", "%", "%zz%",
	"a?b#c;d", "a+b c", "reset", "x/reset", "ключ", "e\u0301", "\x00\n\r", "\xff", "\xc0\xaf", "\xed\xa0\x80", "\u202e", "\ufeff", "{key}",
	"a HTTP/1.1\r\nHost: evil\r\n\r\nGET /", `a\..\b`, "http://u:p@h:1/x",
}

// FuzzPathOf: a key is one path segment that survives cleaning, reads back as
// the key, and is on the wire what a server parses; and whatever is called a
// segment is a key whose own path reads back, or an error.
func FuzzPathOf(f *testing.F) {
	for _, key := range hardKeys {
		f.Add(key)
	}
	prefixed, problem := endpoints.Parse("http://host/p%2Fx")
	if problem != "" {
		f.Fatal(problem)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if other, err := KeyOf(key); err != nil {
			clienttest.MustBeLine(t, err)
		} else if back, err := KeyOf(PathOf(other)); err != nil || back != other {
			t.Fatalf("%q is the key %q, whose path is %q, %v", key, other, back, err)
		}
		segment := PathOf(key)
		for i := range len(segment) {
			if c := segment[i]; c != '%' && !unreserved(c) {
				t.Fatalf("PathOf(%q) = %q holds %q", key, segment, c)
			}
		}
		back, err := KeyOf(segment)
		if err != nil || back != key {
			t.Fatalf("KeyOf(PathOf(%q)) = %q, %v", key, back, err)
		}
		if key == "" {
			return
		}
		whole := "/api/counters/" + segment + "/reset"
		if cleaned := path.Clean(whole); cleaned != whole {
			t.Fatalf("PathOf(%q): cleaning makes it %q", key, cleaned)
		}
		req, err := call{method: "POST", before: "/api/counters/", key: key, after: "/reset"}.request().Build(t.Context(), prefixed, "fuzz")
		if err != nil {
			t.Fatalf("the request for %q: %v", key, err)
		}
		line := "POST " + req.URL.RequestURI() + " HTTP/1.1\r\nHost: host\r\n\r\n"
		got, err := http.ReadRequest(bufio.NewReader(strings.NewReader(line)))
		if err != nil {
			t.Fatalf("a server cannot parse the path of %q: %v", key, err)
		}
		if got.URL.Path != "/p/x/api/counters/"+key+"/reset" || got.URL.EscapedPath() != "/p%2Fx"+whole || got.URL.RawQuery != "" {
			t.Fatalf("a server reads the path of %q as %q", key, got.URL.Path)
		}
	})
}

// sighting is a request at one of a server's routes.
type sighting struct{ Route, Key string }

// routes is a server of the whole API by net/http's own mux, which writes down
// who came where.
type routes struct {
	mu   sync.Mutex
	seen []sighting
}

// nowhere is the route of what has no other.
const nowhere = "/"

func (r *routes) handler() http.Handler {
	mux := http.NewServeMux()
	for _, route := range []string{
		"GET /p%2Fx/api/nodes", "GET /p%2Fx/api/counters", "GET /p%2Fx/api/limits", "GET /p%2Fx/api/blocks",
		"POST /p%2Fx/api/counters/{key}/reset", "PUT /p%2Fx/api/limits/{key}", "POST /p%2Fx/check", "GET /p%2Fx/health",
		"GET /p%2Fx/metrics", nowhere,
	} {
		mux.HandleFunc(route, func(w http.ResponseWriter, req *http.Request) {
			key := req.PathValue("key")
			r.mu.Lock()
			r.seen = append(r.seen, sighting{route, key})
			r.mu.Unlock()
			if route == nowhere {
				http.NotFound(w, req)
				return
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"key": key, "reset": true, "limit": 1, "window_ms": 1, "updated": true})
		})
	}
	return mux
}

func (r *routes) take() []sighting {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := r.seen
	r.seen = nil
	return seen
}

// FuzzKeyAtAServer: the key that a handler of net/http gets is the key that was
// given, and no other route is ever reached. A key that cannot be carried is
// refused before anything is sent.
func FuzzKeyAtAServer(f *testing.F) {
	for _, key := range hardKeys {
		f.Add(key)
	}
	// By a socket of its own: of ports there are not enough for as many keys.
	socket := filepath.Join(f.TempDir(), "s")
	listener, err := new(net.ListenConfig).Listen(f.Context(), "unix", socket)
	if err != nil {
		f.Fatal(err)
	}
	var reached routes
	server := &http.Server{Handler: reached.handler(), ReadHeaderTimeout: time.Minute, MaxHeaderBytes: 64 << 20}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}
	client, err := New(Options{
		BaseURLs: []string{"http://limiter/p%2Fx"}, HTTPClient: &http.Client{Transport: transport}, Timeout: time.Minute,
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		client.Close()
		transport.CloseIdleConnections()
		_ = server.Close()
		serving.Wait()
	})
	f.Fuzz(func(t *testing.T, key string) {
		reset, resetErr := client.ResetCounter(t.Context(), key)
		update, updateErr := client.UpdateLimit(t.Context(), key, 1, time.Millisecond)
		seen := reached.take()
		if problem := keyProblem(key); problem != "" {
			for _, err := range []error{resetErr, updateErr} {
				if fe, ok := errors.AsType[*failure.Error](err); !ok || fe.Class != failure.Invalid || fe.Sent || len(seen) > 0 {
					t.Fatalf("%q: %v, and seen %v", key, err, seen)
				}
				clienttest.MustBeLine(t, err)
			}
			return
		}
		if key == "/" { // which the mux takes for the end of a path, wherever it is
			if diff := cmp.Diff([]sighting{{Route: nowhere}, {Route: nowhere}}, seen); diff != "" {
				t.Fatalf("-want +got:\n%s", diff)
			}
			if resetErr == nil || updateErr == nil {
				t.Fatalf("a 404 is taken for an answer: %v, %v", resetErr, updateErr)
			}
			return
		}
		want := []sighting{{"POST /p%2Fx/api/counters/{key}/reset", key}, {"PUT /p%2Fx/api/limits/{key}", key}}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Fatalf("%v, %v (-want +got):\n%s", resetErr, updateErr, diff)
		}
		if resetErr != nil || updateErr != nil || reset.Key != key || update.Key != key {
			t.Fatalf("%q: %+v, %v, %+v, %v", key, reset, resetErr, update, updateErr)
		}
	})
}
