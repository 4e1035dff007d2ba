package subjecttest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// maxProblems is how many findings of one check are told.
const maxProblems = 10

// problems are what a check has found.
type problems struct {
	list []string
	more int
}

func (p *problems) addf(format string, args ...any) {
	if len(p.list) == maxProblems {
		p.more++
		return
	}
	text := strings.TrimSpace(fmt.Sprintf(format, args...))
	p.list = append(p.list, strings.ReplaceAll(text, "\n", "\n  "))
}

func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	text := strings.Join(p.list, "\n")
	if p.more > 0 {
		text += fmt.Sprintf("\nand %d more", p.more)
	}
	return errors.New(text)
}

// maxQuoted bounds a text of the subject's where a message repeats it.
const maxQuoted = 300

// quoted shows a text of the subject's, bounded and on one line.
func quoted(s string) string {
	if len(s) <= maxQuoted {
		return strconv.Quote(s)
	}
	cut := maxQuoted
	for cut > maxQuoted-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strconv.Quote(s[:cut]) + fmt.Sprintf("... (%d bytes)", len(s))
}

// clipped shows a JSON value, bounded.
func clipped(doc any) string {
	text := string(encode(doc))
	if len(text) <= maxQuoted {
		return text
	}
	return strings.ToValidUTF8(text[:maxQuoted], "") + fmt.Sprintf("... (%d bytes)", len(text))
}

// told shows an error of the subject's: its code, its effect and what it says.
func told(err error) string {
	if err == nil {
		return "no error"
	}
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok {
		return fmt.Sprintf("an error that is no *protocol.Error (%T): %s", err, quoted(err.Error()))
	}
	text := string(e.Code)
	if e.Effect != "" {
		text += " (effect " + string(e.Effect) + ")"
	}
	return text + ": " + quoted(err.Error())
}

// maxMessage bounds the message of a Result.
const maxMessage = 16 << 10

// printable makes a message fit for a terminal: what a subject has written is
// in it.
func printable(s string) string {
	if len(s) > maxMessage {
		s = s[:maxMessage] + "..."
	}
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '\n', r == '\t', !unsafeRune(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return b.String()
}

// unsafeRune reports whether a terminal or a reader could be misled by r: a
// control character, a line separator, or one that turns the direction of what
// follows.
func unsafeRune(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}
