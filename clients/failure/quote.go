package failure

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxQuote is the number of bytes of foreign text that [Quote] keeps.
const MaxQuote = 256

// Quote makes text from the observed system fit for an error, a log line or a
// terminal: cut to [MaxQuote] bytes, quoted, with everything unprintable
// (control characters, terminal escapes, bidi controls, invalid UTF-8)
// escaped. The cut is marked with the original length.
func Quote(s string) string {
	if len(s) <= MaxQuote {
		return strconv.Quote(s)
	}
	cut := MaxQuote
	for cut > MaxQuote-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strconv.Quote(s[:cut]) + "... (" + strconv.Itoa(len(s)) + " bytes)"
}

// Line makes a message that is mostly our own or a library's fit for one line:
// cut to [MaxQuote] bytes, control characters and the like escaped, but not
// quoted as a whole.
func Line(s string) string {
	q := Quote(s)
	if end := strings.LastIndexByte(q, '"'); end > 0 {
		q = q[1:end] + q[end+1:]
	}
	return strings.ReplaceAll(strings.ReplaceAll(q, `\"`, `"`), `\\`, `\`)
}
