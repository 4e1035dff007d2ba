package render

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// maxText is how many bytes of a text from the system are shown where a line
// may be of any length. JSON output has all of it.
const maxText = 256

// Text is a name or a key from the system, fit for a table: as it is if it is
// plain, else quoted as Go quotes strings, so that no two keys look the same
// and none can move the cursor, change colours or turn the text around.
func Text(s string) string {
	full := len(s)
	if full > maxText {
		s = cutBytes(s, maxText)
	}
	if full == 0 || strings.TrimSpace(s) != s || s[0] == '"' || !allPrintable(s) {
		s = quote(s)
	}
	if full > maxText {
		s += "... (" + strconv.Itoa(full) + " bytes)"
	}
	return s
}

// maxMessage is how many bytes of a message are shown.
const maxMessage = 1000

// message is Prose of a bounded length.
func message(s string) string {
	if len(s) > maxMessage {
		return Prose(cutBytes(s, maxMessage)) + "... (" + strconv.Itoa(len(s)) + " bytes)"
	}
	return Prose(s)
}

// Prose is a message for a person, on one line: what is not printable is
// escaped in its place, without quotes around the whole.
func Prose(s string) string {
	if allPrintable(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if printable(r) && (r != utf8.RuneError || size > 1) {
			b.WriteString(s[:size])
		} else {
			q := quote(s[:size])
			b.WriteString(q[1 : len(q)-1])
		}
		s = s[size:]
	}
	return b.String()
}

// Lines is Prose that may have several lines.
func Lines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = Prose(l)
	}
	return strings.Join(lines, "\n")
}

func quote(s string) string {
	for _, r := range s {
		if strconv.IsPrint(r) && !printable(r) {
			return strconv.QuoteToASCII(s)
		}
	}
	return strconv.Quote(s)
}

func allPrintable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !printable(r) {
			return false
		}
	}
	return true
}

// printable is strconv's idea of it, which leaves out controls, bidi marks and
// every space but the ASCII one, without the letters that look like nothing.
func printable(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u2800', '\u3164', '\uffa0':
		return false
	}
	return strconv.IsPrint(r)
}

// cutBytes returns at most n bytes of s, without cutting a rune.
func cutBytes(s string, n int) string {
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// measure knows how many columns a terminal gives a rune. It does not depend on
// the environment, as the package's own default would.
var measure = &runewidth.Condition{StrictEmojiNeutral: true}

// width is the number of columns that s takes.
func width(s string) int { return measure.StringWidth(s) }

// cut shortens s to n columns and marks the cut.
func cut(s string, n int) string {
	if width(s) <= n {
		return s
	}
	return measure.Truncate(s, max(1, n), "…")
}

// pad fills s up to n columns.
func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-width(s))) }

// wrap breaks s into lines of at most n columns, between words where it can.
func wrap(s string, n int) []string {
	n = max(2, n)
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		for {
			switch {
			case line == "" && width(word) <= n:
				line = word
			case line != "" && width(line)+1+width(word) <= n:
				line += " " + word
			case line != "":
				lines = append(lines, line)
				line = ""
				continue
			default: // a word longer than a line
				head := measure.Truncate(word, n, "")
				if head == "" {
					head = word
				}
				lines = append(lines, head)
				if word = word[len(head):]; word != "" {
					continue
				}
			}
			break
		}
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}
