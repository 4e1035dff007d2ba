package plugin

import "bytes"

// maxLine is the longest line that is taken from a plugin, in bytes; the rest
// of a longer one is dropped.
const maxLine = 64 << 10

// A lineWriter hands on what is written to it line by line. It is used by one
// goroutine.
type lineWriter struct {
	line func([]byte) // must not keep its argument
	rest []byte       // of a line that has not ended yet
	long bool         // that line is at its bound
}

// Write implements io.Writer. It never fails.
func (w *lineWriter) Write(p []byte) (int, error) {
	n := len(p)
	for {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			w.keep(p)
			return n, nil
		}
		w.keep(p[:end])
		w.flush()
		p = p[end+1:]
	}
}

func (w *lineWriter) keep(p []byte) {
	if room := maxLine - len(w.rest); len(p) > room {
		p, w.long = p[:room], true
	}
	w.rest = append(w.rest, p...)
}

// flush hands on a line that has no end, if there is one.
func (w *lineWriter) flush() {
	if w.long {
		w.rest = append(w.rest, "... (cut)"...)
	}
	if len(w.rest) > 0 {
		w.line(w.rest)
	}
	w.rest, w.long = w.rest[:0], false
}
