package ratelimiter_test

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
)

// keysFromHell are keys that have somewhere, in some service, become something
// else on the way.
var keysFromHell = map[string]string{
	"Dot":         ".",
	"DotDot":      "..",
	"Dots":        "...",
	"DotSlash":    "./",
	"Climbing":    "a/../b",
	"ToRoot":      "../../../etc/passwd",
	"ToAnotherOp": "../limits/other",
	"Slash":       "a/b",
	"OnlySlash":   "/",
	"SlashSlash":  "//evil.example/",
	"Trailing":    "a/",
	"Backslash":   `a\..\b`,
	"Quotes":      `'"` + "`",
	"Newline":     "a\nb",
	"CRLF":        "a HTTP/1.1\r\nHost: evil\r\n\r\nGET /",
	"NUL":         "a\x00b",
	"Controls":    "\x01\x1b[31m\x7f",
	"Escaped":     "%2F",
	"TwiceEsc":    "%252F",
	"EscapedDots": "%2e%2e",
	"BadEscape":   "%zz%",
	"Query":       "a?b=c",
	"Fragment":    "a#b",
	"Params":      "a;b=c",
	"Spaces":      " a  b ",
	"OnlySpace":   " ",
	"Plus":        "a+b",
	"SubDelims":   "!$&'()*+,;=:@",
	"Brackets":    "{key}[0]<x>|^",
	"URL":         "http://user:pass@host:1/x?y#z",
	"Cyrillic":    "ключ",
	"Emoji":       "👩‍👩‍👧",
	"Bidi":        "a\u202eb\u2066",
	"Combining":   "e\u0301",
	"Precomposed": "\u00e9",
	"BOM":         "\ufeffa",
	"Replacement": "\ufffd",
	"Highest":     "\U0010ffff",
	"Reset":       "reset",
	"SlashReset":  "x/reset",
	"Seq":         "user:1:seq",
	"Unreserved":  "AZaz09-._~",
	"Megabyte":    strings.Repeat("я", 1<<19),
}

// sighting is a request as the server saw it.
type sighting struct {
	Method, URI, Escaped, Path, Query string
}

func TestEveryKeyArrivesAsItself(t *testing.T) {
	var (
		mu   sync.Mutex
		seen []sighting
	)
	n := clienttest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen = append(seen, sighting{r.Method, r.RequestURI, r.URL.EscapedPath(), r.URL.Path, r.URL.RawQuery})
		mu.Unlock()
		segments := strings.Split(r.URL.EscapedPath(), "/")
		key, err := ratelimiter.KeyOf(segments[4])
		if err != nil {
			t.Errorf("the service cannot read the key back: %v", err)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"key": key, "reset": true, "limit": 1, "window_ms": 1, "updated": true})
	})
	c := newClient(t, ratelimiter.Options{BaseURLs: []string{n.URL + "/p%2Fx"}})
	for name, key := range keysFromHell {
		t.Run(name, func(t *testing.T) {
			mu.Lock()
			seen = nil
			mu.Unlock()
			reset, err := c.ResetCounter(t.Context(), key)
			if err != nil || reset.Key != key || !reset.Reset {
				t.Errorf("ResetCounter() = %t, %v", reset.Reset, err)
			}
			update, err := c.UpdateLimit(t.Context(), key, 1, time.Millisecond)
			if err != nil || update.Key != key || !update.Updated {
				t.Errorf("UpdateLimit() = %t, %v", update.Updated, err)
			}
			segment := ratelimiter.PathOf(key)
			want := []sighting{
				{"POST", "/p%2Fx/api/counters/" + segment + "/reset", "/p%2Fx/api/counters/" + segment + "/reset", "/p/x/api/counters/" + key + "/reset", ""},
				{"PUT", "/p%2Fx/api/limits/" + segment, "/p%2Fx/api/limits/" + segment, "/p/x/api/limits/" + key, ""},
			}
			mu.Lock()
			defer mu.Unlock()
			if !cmp.Equal(want, seen) {
				t.Errorf("the key did not arrive as itself: got %.300q, want %.300q", seen, want)
			}
		})
	}
}

// TestKeysAtAServiceThatNormalises routes as net/http's mux does: it decodes,
// cleans, and redirects what it cleaned.
func TestKeysAtAServiceThatNormalises(t *testing.T) {
	var reached sync.Map
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/counters/{key}/reset", func(w http.ResponseWriter, r *http.Request) {
		reached.Store(r.PathValue("key"), true)
		_ = json.NewEncoder(w).Encode(map[string]any{"key": r.PathValue("key"), "reset": true})
	})
	cleaning := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path, r.URL.RawPath = path.Clean(r.URL.Path), "" // a proxy that decodes, then cleans
		mux.ServeHTTP(w, r)
	})
	server := httptest.NewServer(cleaning)
	defer server.Close()
	c := newClient(t, ratelimiter.Options{BaseURLs: []string{server.URL}})

	cases := map[string]struct {
		reason, key, detail string
	}{
		"Dot":      {reason: "Ends at no other call.", key: ".", detail: `does not route the key "."`},
		"DotDot":   {reason: "Ends at no other call.", key: "..", detail: `does not route the key ".."`},
		"Slash":    {reason: "Is two segments.", key: "a/b", detail: `does not route keys with "/"`},
		"Climbing": {reason: "Cannot be prevented, but is never taken for success.", key: "a/../b", detail: `key: asked for "a/../b", the service acted on "b"`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := c.ResetCounter(t.Context(), tc.key)
			fe, ok := errors.AsType[*failure.Error](err)
			if !ok || !fe.Sent || !strings.Contains(fe.Detail, tc.detail) {
				t.Errorf("%s\ngot %v, want %q", tc.reason, err, tc.detail)
			}
		})
	}
	reached.Range(func(key, _ any) bool {
		if key != "b" {
			t.Errorf("the key %q was reached", key)
		}
		return true
	})
}

func TestKeysThatTheServiceRefuses(t *testing.T) {
	long := strings.Repeat("k", 1<<20)
	cases := map[string]struct {
		reason, key string
		status      int
		want        string
	}{
		"URITooLong":     {reason: "414 is about the path.", key: long, status: 414, want: `the service does not route a key of 1048576 bytes: "no"`},
		"HeaderTooLarge": {reason: "431 is about the path: our headers are small.", key: long, status: 431, want: `the service does not route a key of 1048576 bytes: "no"`},
		"BadRequest":     {reason: "Some servers say 400 to a long line.", key: long, status: 400, want: `the service does not route a key of 1048576 bytes: "no"`},
		"OtherBad":       {reason: "To a short one, 400 is about something else.", key: "k", status: 400, want: `"no"`},
		"NotFound":       {reason: "An ordinary key is not why a path is unknown.", key: "k", status: 404, want: `"no"`},
		"Slash":          {reason: "A key with a slash is.", key: "a/b", status: 404, want: `the service, or a proxy before it, does not route keys with "/": "no"`},
		"SlashMethod":    {reason: "Or of a wrong method.", key: "a/b", status: 405, want: `the service, or a proxy before it, does not route keys with "/": "no"`},
		"Teapot":         {reason: "Other refusals speak for themselves.", key: "a/b", status: 418, want: `"no"`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			n := clienttest.Serve(t, clienttest.Answering(tc.status, "no"))
			c := newClient(t, ratelimiter.Options{BaseURLs: []string{n.URL}})
			_, err := c.ResetCounter(t.Context(), tc.key)
			want := clienttest.Outcome{Class: failure.Rejected, Status: tc.status, Detail: tc.want, Sent: true}
			if diff := cmp.Diff(want, clienttest.OutcomeOf(nil, err)); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			if len(err.Error()) > 1000 {
				t.Errorf("%s\nthe error repeats %d bytes", tc.reason, len(err.Error()))
			}
		})
	}
}

// TestLongKeyAtAServerOverItsBound: a real server answers 431 in the middle of
// the line and closes. Either the answer arrives or the break does; both speak
// of the key.
func TestLongKeyAtAServerOverItsBound(t *testing.T) {
	server := httptest.NewServer(clienttest.Answering(200, "{}"))
	defer server.Close()
	c := newClient(t, ratelimiter.Options{BaseURLs: []string{server.URL}})
	_, err := c.ResetCounter(t.Context(), strings.Repeat("/", 3<<20))
	if fe, ok := errors.AsType[*failure.Error](err); !ok || !fe.Sent || !strings.Contains(fe.Detail, "route a key of 3145728 bytes") {
		t.Errorf("got %v", err)
	}
}

func TestLongKeyAtAServerThatHangsUp(t *testing.T) {
	url := clienttest.RawServer(t, func(conn net.Conn) { _, _ = conn.Read(make([]byte, 16)) })
	c := newClient(t, ratelimiter.Options{BaseURLs: []string{url}})
	for key, explained := range map[string]bool{strings.Repeat("k", 1<<20): true, "k": false} {
		_, err := c.ResetCounter(t.Context(), key)
		fe, ok := errors.AsType[*failure.Error](err)
		if !ok || fe.Class != failure.Unreachable || !fe.Sent {
			t.Fatalf("a key of %d bytes: %v", len(key), err)
		}
		if strings.HasSuffix(fe.Detail, "; the service may not route a key of 1048576 bytes") != explained {
			t.Errorf("a key of %d bytes: %v", len(key), err)
		}
	}
}
