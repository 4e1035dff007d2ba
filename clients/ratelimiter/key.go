package ratelimiter

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// PathOf returns the one path segment that carries key, by RFC 3986 section
// 2.1: every byte but the unreserved ones (letters, digits, "-", ".", "_", "~")
// is percent-encoded, so that no key holds a separator, a query or a fragment.
//
// The two keys that are themselves path syntax, "." and "..", are encoded whole
// ("%2E", "%2E%2E"): a server that routes on the escaped path sees an ordinary
// segment. One that resolves them all the same ends at /api/counters/reset or
// /api/reset, /api/limits or /api, none of which exists, and not at another
// key.
//
// [KeyOf] is the inverse: it gives back key for every key.
func PathOf(key string) string {
	if key == "." || key == ".." {
		return strings.Repeat("%2E", len(key))
	}
	escaped := 0
	for i := range len(key) {
		if !unreserved(key[i]) {
			escaped++
		}
	}
	if escaped == 0 {
		return key
	}
	const hex = "0123456789ABCDEF"
	path := make([]byte, 0, len(key)+2*escaped)
	for i := range len(key) {
		if c := key[i]; unreserved(c) {
			path = append(path, c)
		} else {
			path = append(path, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(path)
}

// KeyOf returns the key that an escaped path segment carries, or an error if
// segment is not one segment or not percent-encoded.
func KeyOf(segment string) (string, error) {
	if i := strings.IndexAny(segment, "/?#"); i >= 0 {
		return "", fmt.Errorf("not one path segment: it holds %q: %s", segment[i], failure.Quote(segment))
	}
	key, err := url.PathUnescape(segment)
	if err != nil {
		return "", fmt.Errorf("not percent-encoded: %s", failure.Quote(segment))
	}
	return key, nil
}

func unreserved(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	default:
		return c == '-' || c == '.' || c == '_' || c == '~'
	}
}

// keyProblem tells why a key cannot be sent at all, or "".
func keyProblem(key string) string {
	switch {
	case key == "":
		return "key: empty; the path of an empty key is that of another call"
	case !utf8.ValidString(key):
		return "key: not valid UTF-8, which the API's JSON cannot carry: " + failure.Quote(key)
	default:
		return ""
	}
}
