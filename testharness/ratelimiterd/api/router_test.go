package api

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Whatever the key, its path reaches it and nothing else.
func FuzzKeyToPathAndBack(f *testing.F) {
	for _, key := range []string{
		"", "a", "a/b", "..", ".", "/", "//", "reset", "/reset", "a/reset", "%2F", "%", "?", "#", "a b", "a+b", "\x00", "\n", "\xff",
		`"quoted"`, "{key}", "ключ", "\u202e", ":seq", "limit:x", strings.Repeat("k", 5000),
	} {
		f.Add(key)
	}
	rt := newRouter(&api{})
	f.Fuzz(func(t *testing.T, key string) {
		var every strings.Builder
		for i := range len(key) {
			fmt.Fprintf(&every, "%%%02x", key[i])
		}
		for _, escaped := range []string{url.PathEscape(key), every.String()} {
			for path, want := range map[string]methods{
				"/api/counters/" + escaped + "/reset": rt.reset,
				"/api/limits/" + escaped:              rt.limits,
			} {
				request, err := url.ParseRequestURI(path)
				if err != nil {
					t.Fatalf("%q is not a path: %v", path, err)
				}
				found, got, ok := rt.match(request.EscapedPath())
				if !ok || got != key || reflect.ValueOf(found).Pointer() != reflect.ValueOf(want).Pointer() {
					t.Errorf("%q reaches %q, %t; want %q", path, got, ok, key)
				}
			}
		}
	})
}

func TestAKeyIsNeverAnotherRoute(t *testing.T) {
	rt := newRouter(&api{})
	for path := range rt.fixed {
		key := strings.TrimPrefix(path, "/")
		found, got, ok := rt.match("/api/limits/" + url.PathEscape(key))
		if !ok || got != key || found[http.MethodPut] == nil {
			t.Errorf("the key %q reaches %q, %t", key, got, ok)
		}
	}
}
