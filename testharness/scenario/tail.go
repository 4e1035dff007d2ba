package scenario

import "sync"

// maxPluginLog is how many bytes of a plugin's log are kept.
const maxPluginLog = 256 << 10

// A tail keeps the end of what is written to it. It is safe for concurrent use.
type tail struct {
	limit int

	mu  sync.Mutex
	buf []byte
}

func newTail(limit int) *tail { return &tail{limit: limit} }

// Write keeps b, and of what was before it as much as there is room for.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	// Cut rarely, so that the copying stays cheap.
	if len(t.buf) > 2*t.limit {
		t.buf = append([]byte(nil), t.buf[len(t.buf)-t.limit:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf[max(0, len(t.buf)-t.limit):])
}
