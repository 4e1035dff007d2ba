package process

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// MaxLog is how many bytes of a program's output are kept.
const MaxLog = 256 << 10

// tail keeps the end of what is written to it.
type tail struct {
	also io.Writer

	mu  sync.Mutex
	buf []byte
}

func newTail(also io.Writer) *tail { return &tail{also: also} }

// Write never fails: a full disk behind the other writer must not stop the
// program under test.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	// Cut rarely, at twice the size, so that the copying stays cheap.
	if len(t.buf) > 2*MaxLog {
		t.buf = append([]byte(nil), t.buf[len(t.buf)-MaxLog:]...)
	}
	if t.also != nil {
		_, _ = t.also.Write(b)
	}
	return len(b), nil
}

// mark writes a line of ours between two runs.
func (t *tail) mark(what string) {
	_, _ = fmt.Fprintf(t, "--- %s at %s ---\n", what, time.Now().Format(time.RFC3339Nano))
}

// last returns the last n bytes.
func (t *tail) last(n int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf[max(0, len(t.buf)-n):])
}
