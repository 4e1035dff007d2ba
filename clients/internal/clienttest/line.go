package clienttest

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// MustBeLine fails the test unless an error's text is one bounded line that any
// terminal can show, and has none of the secrets in it.
func MustBeLine(tb testing.TB, err error, secrets ...string) {
	tb.Helper()
	text := err.Error()
	if len(text) > 4000 || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
		tb.Fatalf("not a bounded printable line: %q", text)
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			tb.Fatalf("%q is shown in %s", secret, text)
		}
	}
}
