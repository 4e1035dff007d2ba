package plugin

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"time"
)

// A pluginLog takes over what a plugin writes into the host's log: records of
// [Logger] and of anything else that writes go-hclog's JSON with their level,
// time and attributes, and every other line as a message. What a terminal might
// obey is taken out of both, and what comes too fast is dropped.
//
// go-plugin would hand it on too, but a record such as {"@message":5} makes it
// panic, and with it the host; so it is given nothing to read.
type pluginLog struct {
	ctx    context.Context // for the logger: Launch's, with its values and without its end
	logger *slog.Logger
	words  words

	mu     sync.Mutex // held while the host's logger is at work
	closed bool
	own    throttle // of what the plugin writes
	others throttle // of what go-plugin has to say about it
}

func newPluginLog(ctx context.Context, logger *slog.Logger) *pluginLog {
	return &pluginLog{
		ctx: context.WithoutCancel(ctx), logger: logger,
		own: newThrottle(time.Now), others: newThrottle(time.Now),
	}
}

// writer returns a writer of lines into the log.
func (l *pluginLog) writer() *lineWriter { return &lineWriter{line: l.line} }

// line logs one line that the plugin has written.
func (l *pluginLog) line(line []byte) {
	line = bytes.TrimRight(line, " \t\r")
	if len(line) == 0 {
		return
	}
	crash := l.words.remember(line)

	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || !l.own.open() {
		return
	}
	l.tellDropped(&l.own)
	record, ok := parseRecord(line)
	if !ok {
		level := slog.LevelInfo
		if crash {
			level = slog.LevelError
		}
		record = slog.NewRecord(time.Now(), level, text(string(line)), 0)
	}
	record.Message = plain(record.Message)
	if l.emit(record) {
		l.own.spend(len(line))
	}
}

// aside logs a record of go-plugin's own, which is of use only to somebody who
// looks for a fault in the boundary.
func (l *pluginLog) aside(line []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || !l.others.open() {
		return
	}
	l.tellDropped(&l.others)
	if record, ok := parseRecord(line); ok {
		record.Level = min(record.Level, slog.LevelDebug)
		record.Message = plain(record.Message)
		if l.emit(record) {
			l.others.spend(len(line))
		}
	}
}

// lastWords returns what the plugin wrote last, fit for an error.
func (l *pluginLog) lastWords() string { return l.words.last() }

// finish tells what has been dropped, when there is nothing more to come.
func (l *pluginLog) finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.tellDropped(&l.own)
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
	if last := l.lastWords(); last != "" {
		record.AddAttrs(slog.String("last_words", last))
	}
	l.emit(record)
}

// tellDropped says in one record how many lines were dropped.
func (l *pluginLog) tellDropped(t *throttle) {
	n := t.takeDropped()
	if n == 0 {
		return
	}
	record := slog.NewRecord(time.Now(), slog.LevelWarn, "lines of the plugin's log were dropped: there were too many", 0)
	record.AddAttrs(slog.Int("dropped", n))
	l.emit(record)
}

func (l *pluginLog) emit(record slog.Record) bool {
	handler := l.logger.Handler()
	if !handler.Enabled(l.ctx, record.Level) {
		return false
	}
	_ = handler.Handle(l.ctx, record) // a log that fails is the host's concern
	return true
}

// close ends the log: goroutines of go-plugin's that nobody waits for may still
// have something to say, and the host's logger may be gone.
func (l *pluginLog) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
}
