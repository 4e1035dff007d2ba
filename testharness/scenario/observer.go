package scenario

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// An observer looks again and again, as a host does but without grace periods,
// and writes down what it is told.
type observer struct {
	subject           protocol.Subject
	tracker           *protocol.Tracker
	links             []*network.Link // those that the subject looks through
	interval, timeout time.Duration
	rec               *recorder
	fail              func(error) // of what ends the observing
	// witness asks the stack what is broken though nobody has broken it; nil where
	// it cannot tell.
	witness func(context.Context) ([]fault.Mark, error)

	stop    context.CancelFunc
	working sync.WaitGroup
}

// withoutGrace are invariants without grace periods.
func withoutGrace(invariants []protocol.Invariant) []protocol.Invariant {
	out := make([]protocol.Invariant, len(invariants))
	for i, inv := range invariants {
		out[i] = inv
		out[i].Grace = 0
	}
	return out
}

// start begins to look, until close.
func (o *observer) start(ctx context.Context) {
	// The looks themselves go on when ctx ends: what is under way is finished,
	// and what is healed then is observed, too.
	stopped, stop := context.WithCancel(context.WithoutCancel(ctx))
	o.stop = stop
	o.working.Go(func() { o.loop(stopped) })
}

// close ends the looking, after the look that is under way.
func (o *observer) close() {
	if o.stop != nil {
		o.stop()
	}
	o.working.Wait()
}

func (o *observer) loop(stopped context.Context) {
	for number := 1; ; number++ {
		next := time.NewTimer(o.interval)
		if err := o.look(context.WithoutCancel(stopped), number); err != nil {
			next.Stop()
			o.fail(err)
			return
		}
		select {
		case <-stopped.Done():
			next.Stop()
			return
		default:
		}
		select {
		case <-stopped.Done():
			next.Stop()
			return
		case <-next.C:
		}
	}
}

// look makes one observation. The error is that it never returned, or panicked.
func (o *observer) look(ctx context.Context, number int) error {
	before := o.read()
	began := time.Now()
	deadline := began.Add(o.timeout)
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	seen, err := guarded(ctx, "Observe", o.timeout, o.subject.Observe)
	ended := time.Now()
	read := o.read()
	for link := range read {
		read[link] -= before[link]
	}
	r := &record.Observation{Number: number, Began: began, Ended: ended, Deadline: deadline, Read: read}
	if err != nil {
		r.Err = contractError(err)
		o.tracker.Missed(ended, r.Err.Message)
	} else {
		r.Observation = seen
		r.Transitions = o.tracker.Update(seen)
	}
	r.Tickets = o.tracker.Tickets()
	r.Witnessed = o.witnessed(ctx, r.Observation)
	o.rec.add(record.Event{Observation: r})
	if hang, ok := errors.AsType[*hangError](err); ok {
		return hang
	}
	if panicked, ok := errors.AsType[*panicError](err); ok {
		return panicked
	}
	return nil
}

// witnessBound is how long the stack's own look may take.
const witnessBound = 2 * time.Second

// witnessed asks the stack, where there is something that it could have seen. One
// that cannot tell has seen nothing.
func (o *observer) witnessed(ctx context.Context, seen protocol.Observation) []fault.Mark {
	if o.witness == nil || len(seen.Violations) == 0 {
		return nil
	}
	marks, err := guarded(context.WithoutCancel(ctx), "the look of the stack's witness", witnessBound, o.witness)
	if err != nil {
		return nil
	}
	return marks
}

func (o *observer) read() map[string]int64 {
	read := make(map[string]int64, len(o.links))
	for _, l := range o.links {
		read[l.Name()] = l.Read()
	}
	return read
}

// contractError is err as the contract has it.
func contractError(err error) *protocol.Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		return e
	}
	code := protocol.CodeOf(err)
	if _, ok := errors.AsType[*panicError](err); ok {
		code = protocol.Internal
	}
	return &protocol.Error{Code: code, Message: err.Error(), Err: err}
}
