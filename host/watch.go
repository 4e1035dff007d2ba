package host

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/supervisor"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// WatchOptions say what to watch, and how.
type WatchOptions struct {
	// Name is the subject's name, for the events.
	Name string
	// Open opens the subject. Watch closes it if it is an io.Closer. A call of its
	// Observe must end by a deadline of its own, as those of [Subject] do. One
	// that has Subject's ObserveFrom, DefinitionFrom and Events as well may have
	// its process replaced by another; without them a subject is taken for one
	// that lives as long as the watch.
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
// What happens to the plugin meanwhile is told when it happens, by itself.
//
// An observation that fails leaves every ticket as it was and makes it unknown
// ([protocol.Tracker.Missed]), and so does the death of the plugin. What a new
// process, be it after a restart or a reload, says of the old one's tickets is
// doubted: "held" resolves one only when the process has shown that it knows the
// ticket's entity and has said so twice in a row, and the event then has
// AfterRestart. A ticket whose entity is never mentioned again stays open and
// unknown until the watch ends.
//
// Watch returns nil when ctx ends or Count is reached. The error is that of
// opening the subject, of sink, or of closing the subject.
func Watch(ctx context.Context, opts WatchOptions, sink func([]Event) error) (err error) {
	if opts.Interval <= 0 {
		opts.Interval = DefaultInterval
	}
	subject, err := opts.Open(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if closer, ok := subject.(io.Closer); ok {
			err = errors.Join(err, closer.Close())
		}
	}()
	w := newWatch(opts, subject, sink)
	for n := 1; ; n++ {
		next := time.Now().Add(opts.Interval)
		if err := w.look(ctx); err != nil {
			return err
		}
		if n == opts.Count {
			return nil
		}
		if good, err := w.rest(ctx, next); err != nil || !good {
			return err
		}
	}
}

// watch is the state of one Watch.
type watch struct {
	opts    WatchOptions
	sink    func([]Event) error
	subject protocol.Subject
	tracker *protocol.Tracker
	def     protocol.Definition
	process process
	doubts  doubts

	verdict protocol.Verdict                 // of the last observation, empty before the first
	unknown map[ticketKey]protocol.Unchecked // of the last observation
	failing protocol.Code                    // empty when the last look was an observation
	events  []Event
}

func newWatch(opts WatchOptions, subject protocol.Subject, sink func([]Event) error) *watch {
	def := protocol.DefinitionOf(subject, protocol.Definition{})
	return &watch{
		opts: opts, sink: sink, subject: subject, def: def,
		tracker: protocol.NewTracker(def.Invariants), process: processOf(subject),
	}
}

// sighting is what one look brought.
type sighting struct {
	observation protocol.Observation
	generation  uint64 // of the process, where there are several
	err         error
}

// look makes one observation and reports what changed, and what happens to the
// process meanwhile.
func (w *watch) look(ctx context.Context) error {
	observing, cancel := context.WithCancel(ctx)
	defer cancel()
	seen := make(chan sighting, 1)
	go func() { seen <- w.observe(observing) }()
	for {
		var s sighting
		select {
		case s = <-seen:
		case e := <-w.process.news:
			w.process.heard(e)
			select {
			case s = <-seen: // it may have come first
			default:
				w.tell(always)
				if err := w.flush(); err != nil {
					cancel()
					<-seen
					return err
				}
				continue
			}
		}
		w.saw(ctx, s)
		return w.flush()
	}
}

func (w *watch) observe(ctx context.Context) (s sighting) {
	if w.process.subject != nil {
		s.observation, s.generation, s.err = w.process.subject.ObserveFrom(ctx)
	} else {
		s.observation, s.err = w.subject.Observe(ctx)
	}
	return s
}

// saw takes in what a look brought: after what had happened before it, and
// before the rest.
func (w *watch) saw(ctx context.Context, s sighting) {
	w.process.hear()
	switch {
	case s.err == nil:
		w.tell(func(e supervisor.Event) bool { return precedes(e, s.generation) })
		if w.from(s.generation) {
			w.observed(s.observation)
		}
	case ctx.Err() != nil: // the watch ends; that is no finding
	default:
		w.tell(always)
		w.failed(s.err)
	}
	w.tell(always)
}

// rest waits for the time of the next look, and reports what happens to the
// process meanwhile. It tells whether ctx is still good.
func (w *watch) rest(ctx context.Context, until time.Time) (bool, error) {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return ctx.Err() == nil, nil
		case <-ctx.Done():
			return false, nil
		case e := <-w.process.news:
			w.process.heard(e)
			w.tell(always)
			if err := w.flush(); err != nil {
				return false, err
			}
		}
	}
}

// flush hands over the events.
func (w *watch) flush() error {
	events := w.events
	w.events = nil
	if len(events) == 0 {
		return nil
	}
	return w.sink(events)
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
	w.add(Event{Time: now, Type: EventObservationFailed, Verdict: protocol.Unknown, Message: err.Error(), Error: contractError(err)})
}

// contractError is err as the contract has it.
func contractError(err error) *protocol.Error {
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		return e
	}
	return &protocol.Error{Code: protocol.CodeOf(err), Message: err.Error()}
}
