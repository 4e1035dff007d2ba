package kit

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Sharing keeps observations from becoming the load that they then observe. As
// many as there are seats look for themselves. Who comes while all are taken
// shares the next look with everybody else who waits for it, so that hundreds
// of callers cost little more than one. A shared look begins after each of its
// callers has asked, so nobody is told of a past that he has changed since. It is
// safe for concurrent use.
type Sharing struct {
	seats chan struct{}

	mu   sync.Mutex
	next *look // that has not begun, nil if nobody waits
}

// look is one observation for all who wait for it.
type look struct {
	deadline time.Time // of the caller who makes it, zero without one
	done     chan struct{}
	made     bool
	o        protocol.Observation
}

const (
	// seats is how many observations are made at the same time without a wait.
	seats = 4
	// maxWait is how long a shared look waits for a seat: those who have them may
	// be waiting for something that hangs.
	maxWait = 250 * time.Millisecond
	// lastResort is how long before its deadline a caller stops waiting for
	// others. It is too little to hold a silence against anybody.
	lastResort = 300 * time.Millisecond
)

// NewSharing returns a Sharing for the observations of one subject.
func NewSharing() *Sharing { return &Sharing{seats: make(chan struct{}, seats)} }

// Observe returns what observe returns, or has returned to somebody else since
// the call, as the caller's own.
func (s *Sharing) Observe(ctx context.Context, observe func(context.Context) (protocol.Observation, error)) (protocol.Observation, error) {
	for {
		select {
		case s.seats <- struct{}{}:
			defer func() { <-s.seats }()
			return observe(ctx)
		default:
		}
		l, mine := s.join(ctx)
		if mine {
			return s.make(ctx, l, observe)
		}
		if !l.wait(ctx) {
			return observe(ctx) // there is time left for "unknown"
		}
		if l.made && !l.cutShort(ctx) {
			return l.copied(), nil
		}
	}
}

// join returns the next look; mine tells that the caller is to make it.
func (s *Sharing) join(ctx context.Context) (l *look, mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next != nil {
		return s.next, false
	}
	s.next = &look{done: make(chan struct{})}
	s.next.deadline, _ = ctx.Deadline()
	return s.next, true
}

// make makes the look for all who have joined by the time it begins.
func (s *Sharing) make(ctx context.Context, l *look, observe func(context.Context) (protocol.Observation, error)) (protocol.Observation, error) {
	defer close(l.done)
	wait := maxWait
	if !l.deadline.IsZero() {
		wait = min(wait, time.Until(l.deadline)/4)
	}
	patience := time.NewTimer(wait)
	defer patience.Stop()
	select {
	case s.seats <- struct{}{}:
		defer func() { <-s.seats }()
	case <-patience.C:
	case <-ctx.Done():
	}
	s.mu.Lock()
	s.next = nil
	s.mu.Unlock()
	o, err := observe(ctx)
	l.o, l.made = o, err == nil
	return l.copied(), err
}

// wait reports whether the look was done, or given up, before the caller's time
// was over.
func (l *look) wait(ctx context.Context) bool {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-min(lastResort, time.Until(deadline)/2)))
		defer cancel()
	}
	select {
	case <-l.done:
		return true
	case <-ctx.Done():
		return false
	}
}

// cutShort reports whether something is unknown only because who made the look
// had less time than this caller.
func (l *look) cutShort(ctx context.Context) bool {
	deadline, bounded := ctx.Deadline()
	if l.deadline.IsZero() || bounded && !deadline.After(l.deadline.Add(lastResort)) {
		return false
	}
	return slices.ContainsFunc(l.o.Sources, func(s protocol.Source) bool { return s.Class == protocol.SourceDeadline })
}

// copied is the caller's own.
func (l *look) copied() protocol.Observation {
	o := l.o
	o.Sources, o.Violations, o.Unchecked = slices.Clone(o.Sources), slices.Clone(o.Violations), slices.Clone(o.Unchecked)
	o.State = slices.Clone(o.State)
	for i := range o.Violations {
		v := &o.Violations[i]
		v.Value, v.Threshold = own(v.Value), own(v.Threshold)
	}
	return o
}

func own(f *float64) *float64 {
	if f == nil {
		return nil
	}
	return new(*f)
}
