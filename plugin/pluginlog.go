package plugin

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// A pluginLog takes over what a plugin writes into the host's log: records of
// [Logger] and of anything else that writes go-hclog's JSON with their level,
// time and attributes, and every other line as a message.
//
// go-plugin would do that too, but a record such as {"@message":5} makes it
// panic, and with it the host; so it is given an output to wait for, and none
// to read.
type pluginLog struct {
	ctx    context.Context // for the logger: Launch's, with its values and without its end
	logger *slog.Logger

	mu     sync.Mutex
	closed bool
	crash  bool     // a Go program's last trace has begun
	words  []string // the last lines, or the first of a crash
}

func newPluginLog(ctx context.Context, logger *slog.Logger) *pluginLog {
	return &pluginLog{ctx: context.WithoutCancel(ctx), logger: logger}
}

// maxWords is how many of the last lines are kept for an error.
const maxWords = 3

// writer returns a writer of lines into the log.
func (l *pluginLog) writer() *lineWriter { return &lineWriter{line: l.line} }

// line logs one line that the plugin has written.
func (l *pluginLog) line(line []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	record, ok := parseRecord(line)
	if !ok {
		message := strings.TrimRight(text(string(line)), " \t\r")
		if message == "" {
			return
		}
		level := slog.LevelInfo
		if strings.HasPrefix(message, "panic: ") || strings.HasPrefix(message, "fatal error: ") {
			l.crash, l.words = true, nil
		}
		if l.crash {
			level = slog.LevelError
		}
		record = slog.NewRecord(time.Now(), level, message, 0)
	}
	l.remember(record.Message)
	l.emit(record)
}

// remember keeps the last words. Of a crash they are the first: what follows is
// a stack.
func (l *pluginLog) remember(message string) {
	if len(l.words) == maxWords {
		if l.crash {
			return
		}
		l.words = l.words[1:]
	}
	l.words = append(l.words, clip(message, maxPrintable/maxWords))
}

// lastWords returns what the plugin wrote last, fit for an error.
func (l *pluginLog) lastWords() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return printable(strings.Join(l.words, "; "))
}

// aside logs a record of go-plugin's own, which is of use only to somebody who
// looks for a fault in the boundary.
func (l *pluginLog) aside(line []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if record, ok := parseRecord(line); ok && !l.closed {
		record.Level = min(record.Level, slog.LevelDebug)
		l.emit(record)
	}
}

// unexpectedEnd logs that the process is gone though nobody has ended it.
func (l *pluginLog) unexpectedEnd(pid int, status string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	record := slog.NewRecord(time.Now(), slog.LevelError, "the plugin's process ended by itself", 0)
	record.AddAttrs(slog.Int("pid", pid), slog.String("status", status))
	l.emit(record)
}

func (l *pluginLog) emit(record slog.Record) {
	if handler := l.logger.Handler(); handler.Enabled(l.ctx, record.Level) {
		_ = handler.Handle(l.ctx, record)
	}
}

// close ends the log: goroutines of go-plugin's that nobody waits for may still
// have something to say, and the host's logger may be gone.
func (l *pluginLog) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
}
