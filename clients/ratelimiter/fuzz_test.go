package ratelimiter

import (
	"bufio"
	"encoding/json"
	"net/http"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/endpoints"
)

// FuzzPathOf: a key is one path segment that survives cleaning, reads back as
// the key, and is on the wire what a server parses.
func FuzzPathOf(f *testing.F) {
	for _, key := range []string{"", "a", ".", "..", "a/../b", "a/b", "%2F", "%", "a?b#c;d", "ключ", "\x00\n\r", "\xff", "\u202e"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
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
		e, _ := endpoints.Parse("http://host/p%2Fx")
		req, err := call{method: "POST", before: "/api/counters/", key: key, after: "/reset"}.request().Build(t.Context(), e, "fuzz")
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

// FuzzKeyOf: whatever is called a segment, it is a key whose own path reads
// back, or an error.
func FuzzKeyOf(f *testing.F) {
	for _, segment := range []string{"", "%2e", "%2E%2E", "a+b", "a/b", "%zz", "%", "a?b"} {
		f.Add(segment)
	}
	f.Fuzz(func(t *testing.T, segment string) {
		key, err := KeyOf(segment)
		if err != nil {
			clienttest.MustBeLine(t, err)
			return
		}
		if back, err := KeyOf(PathOf(key)); err != nil || back != key {
			t.Fatalf("%q is the key %q, whose path is %q, %v", segment, key, back, err)
		}
	})
}

// FuzzDecode gives every decoder the same document: no panic, errors of one
// bounded printable line, and what was decoded decodes again from its own JSON.
func FuzzDecode(f *testing.F) {
	for _, name := range clienttest.Names(f) {
		f.Add([]byte(clienttest.Load(f, name).Response.Body))
	}
	for _, body := range []string{"", "null", "[]", "{}", `{"nodes":[null]}`, `{"counters":[{"count":1e400}]}`, `{"blocked":"` + "\x1b" + `"}`} {
		f.Add([]byte(body))
	}
	wrappers := map[string]string{"nodes": "nodes", "counters": "counters", "blocks": "blocked"}
	f.Fuzz(func(t *testing.T, body []byte) {
		for name, decode := range answers {
			value, err := decode(body)
			if err != nil {
				clienttest.MustBeLine(t, err)
				continue
			}
			whole := value
			if wrapper, ok := wrappers[name]; ok {
				whole = map[string]any{wrapper: value}
			}
			again, err := json.Marshal(whole)
			if err != nil {
				continue // a year past 9999 has no JSON
			}
			value2, err := decode(again)
			if err != nil || !reflect.DeepEqual(value, value2) {
				t.Fatalf("%s: %s was decoded as %+v, and that as %+v: %v", name, body, value, value2, err)
			}
		}
	})
}
