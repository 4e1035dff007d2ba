package network

import "sync/atomic"

// A tally counts the bytes that clients were sent. It is safe for concurrent use.
//
// Bytes are counted before they are written, for who has read a byte must find it
// counted, and those that could not be written are taken back. But not once
// somebody has looked: from what he sees later he concludes what came since, and
// that is not less than nothing.
type tally struct {
	bytes, looks atomic.Int64
}

// look returns the count.
func (t *tally) look() int64 {
	t.looks.Add(1)
	return t.bytes.Load()
}

// add counts n bytes that are about to be written, and returns what takes some of
// them back.
func (t *tally) add(n int) (back func(n int)) {
	seen := t.looks.Load()
	t.bytes.Add(int64(n))
	return func(n int) {
		if t.looks.Load() == seen {
			t.bytes.Add(-int64(n))
		}
	}
}
