//go:build linux

package faulty_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"unicode"
)

// heard is a host's log that keeps count, and nothing else.
type heard struct {
	mu      sync.Mutex
	bytes   int
	lines   int
	control string // the first message with something in it that a terminal obeys
}

// maxHeard is how much of a flood may be in the host's log. It takes 500 lines
// a second of 1 KiB.
const maxHeard = 16 << 20

// logger is the log.
func (h *heard) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(h, &slog.HandlerOptions{
		Level: slog.LevelInfo,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Value.Kind() == slog.KindString && strings.ContainsFunc(a.Value.String(), isUnfit) {
				h.mu.Lock()
				defer h.mu.Unlock()
				h.control = a.Value.String()
			}
			return a
		},
	}))
}

// Write implements io.Writer.
func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bytes += len(p)
	h.lines++
	return len(p), nil
}

// check looks at what has been heard.
func (h *heard) check(t *testing.T) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.control != "" {
		t.Errorf("what a terminal obeys is in the log: %q", h.control)
	}
	if h.bytes > maxHeard {
		t.Errorf("%d bytes in %d lines are in the log", h.bytes, h.lines)
	}
	t.Logf("the log has %d lines, %d bytes", h.lines, h.bytes)
}

func isUnfit(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }
