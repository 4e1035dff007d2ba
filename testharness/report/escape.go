package report

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// How many bytes of a text are shown.
const (
	maxName    = 256
	maxMessage = 2000
)

// line makes any text fit for one line of a terminal, of XML and of a page: cut
// to about most bytes, the cut marked with the original length, and with all that
// is not printable escaped in its place.
func line(s string, most int) string {
	full := len(s)
	if full <= most {
		return escaped(s)
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return escaped(s[:most]) + "... (" + strconv.Itoa(full) + " bytes)"
}

// lines is line for a message that may have several lines.
func lines(s string, most int) []string {
	var list []string
	for l := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		list = append(list, line(l, most))
		if most -= len(l); most <= 0 {
			break
		}
	}
	return list
}

func escaped(s string) string {
	var b strings.Builder
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		if printable(r) && (r != utf8.RuneError || size > 1) {
			b.WriteString(s[:size])
		} else {
			quoted := strconv.QuoteToASCII(s[:size])
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		s = s[size:]
	}
	return b.String()
}

// printable is strconv's idea of it, without the letters that look like nothing.
func printable(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u2800', '\u3164', '\uffa0':
		return false
	}
	return strconv.IsPrint(r)
}

// escapeJSON makes JSON fit for a terminal without changing what it says: what is
// not printable, which can only be within strings, becomes \uXXXX.
func escapeJSON(data []byte) []byte {
	b := make([]byte, 0, len(data)+len(data)/8)
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		switch {
		case r == '\n' || printable(r):
			b = append(b, data[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			b = fmt.Appendf(b, `\u%04x\u%04x`, high, low)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
		data = data[size:]
	}
	return b
}
