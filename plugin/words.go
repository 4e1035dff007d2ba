package plugin

import (
	"bytes"
	"slices"
	"strings"
	"sync"
)

// maxWords is how many of the last lines are kept for an error.
const maxWords = 3

// words are the last lines that a plugin has written, or the first of a Go
// program's crash, whose last are a stack. They are kept whatever becomes of
// the log, which may be slow.
type words struct {
	mu    sync.Mutex
	crash bool
	lines [][]byte
}

// remember keeps a line, and reports whether it belongs to a crash.
func (w *words) remember(line []byte) (crash bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if bytes.HasPrefix(line, []byte("panic: ")) || bytes.HasPrefix(line, []byte("fatal error: ")) {
		w.crash, w.lines = true, nil
	}
	switch {
	case len(w.lines) < maxWords:
		w.lines = append(w.lines, bytes.Clone(line))
	case !w.crash:
		oldest := w.lines[0]
		copy(w.lines, w.lines[1:])
		w.lines[maxWords-1] = append(oldest[:0], line...)
	}
	return w.crash
}

// last returns the words, fit for an error.
func (w *words) last() string {
	w.mu.Lock()
	lines := slices.Clone(w.lines)
	for i := range lines {
		lines[i] = bytes.Clone(lines[i])
	}
	w.mu.Unlock()
	return printable(strings.Join(each(lines, message), "; "))
}

// message is what a line says, be it a record.
func message(line []byte) string {
	m := string(line)
	if record, ok := parseRecord(line); ok {
		m = record.Message
	}
	return clip(m, maxPrintable/maxWords)
}
