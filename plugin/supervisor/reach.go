package supervisor

import (
	"context"
	"errors"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A process may live and yet not be there: it has closed its socket, or lost
// the part of it that listens. It is ended, and thereby started again, when so
// many observations in a row could not be carried to it, over at least so long
// a time: a connection that only broke is made again at once.
const (
	maxUnreached = 3
	minUnreached = time.Second
)

// observed ends an observation in flight, and takes note of whether the process
// was reached.
func (s *Supervisor) observed(ctx context.Context, g *generation, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leave(g)
	if ctx.Err() != nil || g.lost() {
		return
	}
	if !unreached(err) {
		g.unreached = 0
		return
	}
	if g.unreached++; g.unreached == 1 {
		g.unreachedAt = time.Now()
	}
	if g.unreached < maxUnreached || time.Since(g.unreachedAt) < minUnreached || s.state != Running || s.last != g {
		return
	}
	g.drop(protocol.Errorf(protocol.Unavailable, "the plugin's process could not be reached any more and was ended: %w", err))
	s.working.Go(func() { _ = g.close() }) // and whoever watches over it does the rest
}

// unreached tells that a call did not get through. What the subject itself says
// has no cause: that stays in its process.
func unreached(err error) bool {
	e, ok := errors.AsType[*protocol.Error](err)
	return ok && e.Code == protocol.Unavailable && e.Err != nil
}
