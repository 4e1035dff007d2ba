package kit

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// maxText bounds the text of one error in an answer, in bytes. A call that
// failed on each of many endpoints tells of each.
const maxText = 2048

// textOf is an error's text, fit for an answer: a client's is escaped already,
// that of anything else is not trusted to be.
func textOf(err error) string {
	if _, ok := errors.AsType[*failure.Error](err); ok {
		return bounded(err.Error())
	}
	return failure.Line(err.Error())
}

// bounded cuts a text to maxText, and says so.
func bounded(s string) string {
	if len(s) <= maxText {
		return s
	}
	cut := maxText
	for cut > maxText-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "... (" + strconv.Itoa(len(s)) + " bytes)"
}

// bug is a panic as an error. It says where in the code it was.
type bug struct{ text string }

// bugOf makes an error of what recover returned. Only a deferred function may
// call it: it looks for the place on the stack.
func bugOf(p any) *bug {
	return &bug{"a bug: " + failure.Line(fmt.Sprint(p)) + place()}
}

// Error tells the panic and its place.
func (b *bug) Error() string { return b.text }

// place is the innermost line that panicked, of the calls below a deferred
// function; the runtime's own frames tell nothing.
func place() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
	panicking := false
	for {
		frame, more := frames.Next()
		if frame.Function == "runtime.gopanic" {
			panicking = true
		} else if panicking && !strings.HasPrefix(frame.Function, "runtime.") {
			return fmt.Sprintf(" (%s:%d)", filepath.Base(frame.File), frame.Line)
		}
		if !more {
			return ""
		}
	}
}
