package kit

import (
	"context"
	"errors"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A Lifetime lets calls in until it is closed, and knows when the last has
// left. Its zero value is open. It is safe for concurrent use, and must not be
// copied once used.
type Lifetime struct {
	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup
	ends   map[*call]struct{}
}

// call is one that is in.
type call struct{ end context.CancelCauseFunc }

// errClosing is why the calls that are in end when the Lifetime does.
var errClosing = errors.New("the subject is being closed")

// Enter begins a call: op, for its error. The returned context ends with ctx or
// with the Lifetime; the returned function ends the call and may be called more
// than once. After Close it fails with FailedPrecondition.
func (l *Lifetime) Enter(ctx context.Context, op string) (context.Context, func(), error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, nil, &protocol.Error{Code: protocol.FailedPrecondition, Message: op + ": the subject is closed"}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	c := &call{cancel}
	if l.ends == nil {
		l.ends = make(map[*call]struct{})
	}
	l.ends[c] = struct{}{}
	l.calls.Add(1)
	return ctx, func() { l.leave(c) }, nil
}

func (l *Lifetime) leave(c *call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, in := l.ends[c]; !in {
		return
	}
	delete(l.ends, c)
	c.end(nil)
	l.calls.Done()
}

// Close cancels the calls that are in and waits until they have left. It
// reports whether it was the first to close; whichever returns, no call is in.
func (l *Lifetime) Close() bool {
	l.mu.Lock()
	first := !l.closed
	l.closed = true
	for c := range l.ends {
		c.end(errClosing)
	}
	l.mu.Unlock()
	l.calls.Wait()
	return first
}
