package plugin

import (
	"bytes"
	"io"
)

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

// A drain is a reader without content: reading it copies all of `from` to `to`,
// and then it is at its end.
type drain struct {
	from io.ReadCloser
	to   *lineWriter
}

// Read implements io.Reader.
func (d *drain) Read([]byte) (int, error) {
	_, _ = io.Copy(d.to, d.from) // an end is an end, be the pipe closed by us
	d.to.flush()
	return 0, io.EOF
}

// Close implements io.Closer.
func (d *drain) Close() error { return d.from.Close() }
