package kit

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A Round is the reading of one observation's sources. It is safe for
// concurrent use.
type Round struct {
	parent   context.Context
	ctx      context.Context // what the readings run in
	started  time.Time
	patience time.Duration // how much longer than its context a reading is waited for

	mu      sync.Mutex
	sources map[string]*protocol.Source
}

// maxMargin is the most that is kept of an observation's time for judging and
// for the way back to the host.
const maxMargin = 200 * time.Millisecond

// maxPatience is how much longer than its context a reading may take to say
// what went wrong in its own words.
const maxPatience = 20 * time.Millisecond

// NewRound begins a round. Its readings end a tenth of the remaining time, at
// most 200 ms, before ctx's deadline, and half of that is the most that one is
// waited for which does not end with its context. It fails when ctx has ended
// already. The caller calls the returned function when it is done with all
// readings.
func NewRound(ctx context.Context) (*Round, context.CancelFunc, error) {
	r := &Round{parent: ctx, started: time.Now(), patience: maxPatience, sources: make(map[string]*protocol.Source)}
	if err := r.Err(); err != nil {
		return nil, nil, err
	}
	var cancel context.CancelFunc
	if deadline, ok := ctx.Deadline(); ok {
		margin := min(max(0, deadline.Sub(r.started)/10), maxMargin)
		r.patience = min(maxPatience, margin/2)
		r.ctx, cancel = context.WithDeadline(ctx, deadline.Add(-margin))
	} else {
		r.ctx, cancel = context.WithCancel(ctx)
	}
	return r, cancel, nil
}

// Started returns when the round began.
func (r *Round) Started() time.Time { return r.started }

// Err returns the contract's error when the caller gave the observation up.
// What was read by then is of no use to anybody.
func (r *Round) Err() error {
	err := r.parent.Err()
	if err == nil {
		return nil
	}
	return &protocol.Error{Code: protocol.CodeOf(err), Message: "observe: " + context.Cause(r.parent).Error(), Retryable: true, Err: err}
}

// Sources returns what was read so far, by name.
func (r *Round) Sources() []protocol.Source {
	r.mu.Lock()
	defer r.mu.Unlock()
	sources := make([]protocol.Source, 0, len(r.sources))
	for _, s := range r.sources {
		sources = append(sources, *s)
	}
	slices.SortFunc(sources, func(a, b protocol.Source) int { return cmp.Compare(a.Name, b.Name) })
	return sources
}

// record adds a reading's result to its source. A source that is read more than
// once in a round is as good as its worst reading, and took as long as all of
// them.
func (r *Round) record(name string, class protocol.SourceClass, message string, latency time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.sources[name]
	if !ok {
		s = &protocol.Source{Name: name, Class: protocol.SourceOK}
		r.sources[name] = s
	}
	if worse(class, s.Class) {
		s.Class, s.Message = class, message
	}
	s.Latency += latency
}
