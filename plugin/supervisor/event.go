package supervisor

import (
	"context"
	"log/slog"
	"time"
)

// An Event is something that happened to the plugin.
type Event struct {
	// Time is when, UTC.
	Time time.Time
	// Type is what happened; which of the fields below are there follows from it.
	Type EventType
	// Generation is that of the process concerned: the one in service, the one
	// that died, or the one before where the next did not start.
	Generation uint64
	// PID is the ID of a process that was put into service.
	PID int
	// Err is why the plugin is down, stays down, or was not swapped.
	Err error
	// Delay is how long it is until the plugin is started again.
	Delay time.Duration
	// Redefined tells that a process declares something else than the one before
	// it: it has another definition.
	Redefined bool
	// Missed is how many events before this one were dropped, because nobody took
	// them in time.
	Missed int
}

// EventType is what happened.
type EventType string

// The types of events.
const (
	// EventRunning: a process is in service, the first one or one in place of
	// another that has died.
	EventRunning EventType = "running"
	// EventDown: the process has died, or one that was started in its place did
	// not get as far as being in service; Err says why, with its last words.
	EventDown EventType = "down"
	// EventRestarting: a process will be started after Delay.
	EventRestarting EventType = "restarting"
	// EventFailed: the plugin stays down, as the budget is spent; Err says what
	// brings it back.
	EventFailed EventType = "failed"
	// EventSwapping: a reload has begun.
	EventSwapping EventType = "swapping"
	// EventSwapped: it has put another process into service.
	EventSwapped EventType = "swapped"
	// EventSwapRefused: it has changed nothing; Err says why.
	EventSwapRefused EventType = "swap_refused"
	// EventClosed: no process is left, and there will be none.
	EventClosed EventType = "closed"
)

// emit sends an event. It is called with the lock held, so that the order of
// events is that of what happened.
func (s *Supervisor) emit(e Event) {
	e.Time, e.Missed = time.Now().UTC(), s.missed
	select {
	case s.opts.Events <- e:
		s.missed = 0
	default: // no room, or nobody who wants to know
		s.missed++
	}
}

// log logs an event. It is called without the lock: a logger may be slow.
func (s *Supervisor) log(e Event) {
	level := slog.LevelInfo
	switch e.Type {
	case EventRestarting, EventSwapRefused:
		level = slog.LevelWarn
	case EventFailed:
		level = slog.LevelError
	default:
	}
	attrs := []slog.Attr{slog.String("event", string(e.Type)), slog.Uint64("generation", e.Generation)}
	if e.PID != 0 {
		attrs = append(attrs, slog.Int("pid", e.PID))
	}
	if e.Delay != 0 {
		attrs = append(attrs, slog.Duration("delay", e.Delay))
	}
	if e.Redefined {
		attrs = append(attrs, slog.Bool("redefined", true))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.Any("error", e.Err))
	}
	s.opts.Logger.LogAttrs(context.Background(), level, "the plugin's process", attrs...)
}
