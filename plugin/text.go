package plugin

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// text makes a string fit for protobuf, which refuses a whole message for one
// invalid byte. JSON does the same replacement.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// clip cuts a text to about limit bytes, marks the cut, and makes it fit for
// protobuf.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return text(s)
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return text(s[:limit]) + "..."
}

// maxPrintable bounds what a plugin has written where an error repeats it.
const maxPrintable = 512

// printable makes foreign text fit for one line of an error: bounded, with
// everything that a terminal might obey escaped.
func printable(s string) string {
	quoted := strconv.Quote(clip(s, maxPrintable))
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
