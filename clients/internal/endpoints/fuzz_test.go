package endpoints

import (
	"net/http"
	"strings"
	"testing"
)

// FuzzParseAddress: an address is refused, or leads to exactly a host's path.
func FuzzParseAddress(f *testing.F) {
	for _, address := range []string{"", "127.0.0.1:80", "[::1]:80", "http://a", "https://a:1/", "a@b:80", "a:80/x", "a:80?", "a:80#", "http://a\\@b"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		e, problem := ParseAddress(address)
		if problem != "" {
			return
		}
		req, err := Request{Method: http.MethodGet, Path: "/health"}.Build(t.Context(), e, "fuzz")
		if err != nil {
			t.Fatalf("%q: %v", address, err)
		}
		u := req.URL
		if u.User != nil || u.RequestURI() != "/health" || u.Fragment != "" || !validHost(u.Hostname()) || !strings.Contains(address, u.Hostname()) {
			t.Fatalf("%q leads to %s", address, u)
		}
	})
}

// FuzzParse: a base URL is refused, without a password in the words, or every
// path is appended to it as it is.
func FuzzParse(f *testing.F) {
	for _, raw := range []string{"", "http://a", "https://u:p%40@a:1/x%2Fy//", "http://[fe80::1%25lo]", "http://a?b", "http://u:SECRET%@a", "http://u:SECRET/x@a"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		e, problem := Parse(raw)
		if problem != "" {
			if strings.Contains(raw, "@") && strings.Contains(raw, "SECRET") && strings.Contains(problem, "SECRET") {
				t.Fatalf("%q: %s", raw, problem)
			}
			return
		}
		req, err := Request{Method: http.MethodGet, Path: "/a"}.Build(t.Context(), e, "fuzz")
		if err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		if req.URL.User != nil || req.URL.RawQuery != "" || !strings.HasSuffix(req.URL.EscapedPath(), "/a") {
			t.Fatalf("%q leads to %s", raw, req.URL)
		}
	})
}
