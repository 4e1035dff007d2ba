package host

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// WatchOptions say what to watch, and how.
type WatchOptions struct {
	// Name is the subject's name, for the events.
	Name string
	// Open opens the subject: at the start, and again when its process has gone.
	// Watch closes what it opened if that is an io.Closer. A call of its Observe
	// must end by a deadline of its own, as those of [Subject] do.
	Open func(context.Context) (protocol.Subject, error)
	// Interval is the time from the beginning of one observation to that of the
	// next, DefaultInterval if zero. After an observation that takes longer the
	// next begins at once; they never overlap.
	Interval time.Duration
	// All reports every observation, and not only those that change the verdict.
	All bool
	// Count ends the watch after so many observations, failed ones included;
	// zero for never.
	Count int
}

// Watch observes a subject until ctx ends and reports what changes. sink gets
// the events of one observation together, if there are any, in an order that
// reads well: what became of the observation, then the tickets, worst first,
// then what became unknown and known. Watch waits for sink before it goes on.
//
// An observation that fails leaves every ticket as it was and makes it unknown
// ([protocol.Tracker.Missed]). If it fails because the subject's process is gone
// ([protocol.Unavailable]), the subject is opened anew, at most once per
// interval and with growing delays, and the tickets are kept. What a new
// process says of the old one's tickets is doubted: "held" resolves one only
// when the process has shown that it knows the ticket's entity and has said so
// twice in a row, and the event then has AfterRestart. A ticket whose entity is
// never mentioned again stays open and unknown until the watch ends.
//
// Watch returns nil when ctx ends or Count is reached. The error is that of
// opening the subject for the first time, of sink, or of closing the subject.
func Watch(ctx context.Context, opts WatchOptions, sink func([]Event) error) (err error) {
	if opts.Interval <= 0 {
		opts.Interval = DefaultInterval
	}
	w := &watch{opts: opts}
	if err := w.open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()

	for n := 1; ; n++ {
		began := time.Now()
		if events := w.look(ctx); len(events) > 0 {
			if err := sink(events); err != nil {
				return err
			}
		}
		if n == opts.Count || !sleep(ctx, time.Until(began.Add(opts.Interval))) {
			return nil
		}
	}
}

// sleep tells whether ctx is still good after d.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// watch is the state of one Watch.
type watch struct {
	opts    WatchOptions
	subject protocol.Subject // nil while its process is gone
	tracker *protocol.Tracker
	def     protocol.Definition
	backoff backoff
	doubts  doubts

	verdict protocol.Verdict                 // of the last observation, empty before the first
	unknown map[ticketKey]protocol.Unchecked // of the last observation
	failing protocol.Code                    // empty when the last look was an observation
	events  []Event
}

func (w *watch) open(ctx context.Context) error {
	subject, err := w.opts.Open(ctx)
	if err != nil {
		return err
	}
	w.subject, w.def = subject, protocol.DefinitionOf(subject, protocol.Definition{})
	if w.tracker == nil {
		w.tracker = protocol.NewTracker(w.def.Invariants)
	} else {
		w.tracker.SetInvariants(w.def.Invariants)
	}
	return nil
}

func (w *watch) close() error {
	closer, ok := w.subject.(io.Closer)
	w.subject = nil
	if !ok {
		return nil
	}
	return closer.Close()
}

// look makes one observation and returns what changed.
func (w *watch) look(ctx context.Context) []Event {
	w.events = nil
	if w.subject == nil && !w.reopen(ctx) {
		return w.events
	}
	o, err := w.subject.Observe(ctx)
	switch {
	case err == nil:
		w.observed(o)
	case ctx.Err() != nil: // the watch ends; that is no finding
	default:
		w.failed(err)
		if protocol.CodeOf(err) == protocol.Unavailable {
			_ = w.close() // the process is gone: what else could go wrong is no news
		}
	}
	return w.events
}

// reopen opens the subject anew, if it is time to try.
func (w *watch) reopen(ctx context.Context) bool {
	now := time.Now()
	if !w.backoff.ready(now) {
		return false
	}
	w.backoff.tried(now)
	if err := w.open(ctx); err != nil {
		if ctx.Err() == nil {
			w.failed(err)
		}
		return false
	}
	tickets := w.tracker.Tickets()
	w.doubts.restart(tickets)
	message := "the plugin was restarted; what it remembered is lost"
	if len(tickets) > 0 {
		message += ", so open tickets stay until it has shown that it can judge them"
	}
	w.add(Event{Time: now, Type: EventRestarted, Message: message})
	return true
}

func (w *watch) add(e Event) {
	e.Time, e.Subject = e.Time.UTC(), w.opts.Name
	w.events = append(w.events, e)
}

func (w *watch) failed(err error) {
	now := time.Now()
	w.tracker.Missed(now.UTC(), "no observation: "+err.Error())
	code := protocol.CodeOf(err)
	if code == w.failing {
		return
	}
	w.failing = code
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok {
		e = &protocol.Error{Code: code, Message: err.Error()}
	}
	w.add(Event{Time: now, Type: EventObservationFailed, Verdict: protocol.Unknown, Message: err.Error(), Error: e})
}
