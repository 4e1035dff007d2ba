package failure_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

func TestQuoteAndLine(t *testing.T) {
	long := strings.Repeat("a", failure.MaxQuote)
	cases := map[string]struct {
		reason, text, quote, line string
	}{
		"Plain":       {reason: "Text stays.", text: "user:1", quote: `"user:1"`, line: `user:1`},
		"Empty":       {reason: "Nothing is seen to be nothing.", text: "", quote: `""`, line: ``},
		"Quotes":      {reason: "A line keeps its quotes.", text: `say "hi"`, quote: `"say \"hi\""`, line: `say "hi"`},
		"Backslash":   {reason: "A line keeps its backslashes.", text: `a\b\\"`, quote: `"a\\b\\\\\""`, line: `a\b\\"`},
		"Newline":     {reason: "One line.", text: "a\r\nb", quote: `"a\r\nb"`, line: `a\r\nb`},
		"Escape":      {reason: "Not for the terminal.", text: "\x1b[2J\x9b", quote: `"\x1b[2J\x9b"`, line: `\x1b[2J\x9b`},
		"Bidi":        {reason: "Reads in one direction.", text: "a\u202eb\u2066", quote: `"a\u202eb\u2066"`, line: `a\u202eb\u2066`},
		"Invisible":   {reason: "What is there is seen.", text: "a\u200bb\u00a0\ufeff", quote: `"a\u200bb\u00a0\ufeff"`, line: `a\u200bb\u00a0\ufeff`},
		"InvalidUTF8": {reason: "Bytes stay bytes.", text: "a\xffb", quote: `"a\xffb"`, line: `a\xffb`},
		"Script":      {reason: "Any script is read as it is.", text: "ключ 鍵", quote: `"ключ 鍵"`, line: `ключ 鍵`},
		"AtTheBound":  {reason: "What fits is whole.", text: long, quote: `"` + long + `"`, line: long},
		"OverByOne":   {reason: "A cut is told, with the length.", text: long + "b", quote: `"` + long + `"... (257 bytes)`, line: long + `... (257 bytes)`},
		"CutInRune": {
			reason: "No rune is halved.",
			text:   long[:255] + "яz",
			quote:  `"` + long[:255] + `"... (258 bytes)`,
			line:   long[:255] + `... (258 bytes)`,
		},
		"CutAtQuote": {
			reason: "The line's own end is found, not a quote in it.",
			text:   long[:255] + `""`,
			quote:  `"` + long[:255] + `\""... (257 bytes)`,
			line:   long[:255] + `"... (257 bytes)`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.quote, failure.Quote(tc.text)); diff != "" {
				t.Errorf("%s\nQuote: -want +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.line, failure.Line(tc.text)); diff != "" {
				t.Errorf("%s\nLine: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// FuzzQuote: whatever comes in, a bounded, printable line comes out, and from
// Quote the beginning of the text can be had back exactly.
func FuzzQuote(f *testing.F) {
	for _, text := range []string{"", "a", `\`, `"`, `\"`, "\x1b]0;x\a", strings.Repeat("я", 200), strings.Repeat("\x80", 300), "\u2028"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		quote, line := failure.Quote(text), failure.Line(text)
		for _, out := range []string{quote, line} {
			if len(out) > 4*failure.MaxQuote+40 || !utf8.ValidString(out) ||
				strings.ContainsFunc(out, func(r rune) bool { return !strconv.IsPrint(r) }) {
				t.Fatalf("%q became %q", text, out)
			}
		}
		head, err := strconv.QuotedPrefix(quote)
		if err != nil {
			t.Fatalf("%q became %q, which is not quoted: %v", text, quote, err)
		}
		back, err := strconv.Unquote(head)
		if err != nil || !strings.HasPrefix(text, back) || len(text) <= failure.MaxQuote && back != text {
			t.Fatalf("%q became %q, which reads %q: %v", text, quote, back, err)
		}
	})
}
