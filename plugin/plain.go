package plugin

import (
	"regexp"
	"strings"
	"unicode"
)

// escapeSequences are what ECMA-48 calls control sequences (CSI), control
// strings (OSC, DCS and their like, which end with ST, or with BEL in practice)
// and the shorter escape sequences, in their forms of seven and of eight bits.
var escapeSequences = regexp.MustCompile(
	`(?:\x1b\[|\x{9b})[0-?]*[ -/]*[@-~]` +
		`|(?:\x1b[\]PX^_]|[\x{9d}\x{90}\x{98}\x{9e}\x{9f}])[^\x07\x1b\x{9c}]*(?:\x07|\x1b\\|\x{9c})` +
		`|\x1b[ -/]*[0-Z\\^-~]`)

// plain makes foreign text fit for a log that may be shown in a terminal: one
// line without escape sequences, control characters, and characters that
// reorder a line.
func plain(s string) string {
	if strings.IndexFunc(s, isUnfit) < 0 {
		return s
	}
	s = escapeSequences.ReplaceAllLiteralString(s, "")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case isUnfit(r):
			return -1
		default:
			return r
		}
	}, s)
}

func isUnfit(r rune) bool {
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}
