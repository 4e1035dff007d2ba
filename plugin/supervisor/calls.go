package supervisor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Observe implements protocol.Subject. It waits for a process within ctx's
// deadline, and is made once more if its process is lost under it.
func (s *Supervisor) Observe(ctx context.Context) (protocol.Observation, error) {
	o, _, err := s.ObserveFrom(ctx)
	return o, err
}

// ObserveFrom is Observe, and says which generation of the process has observed,
// or was the last to be asked: 0 if none was. A process of a higher number than
// another knows nothing of what that has seen.
func (s *Supervisor) ObserveFrom(ctx context.Context) (protocol.Observation, uint64, error) {
	var asked uint64
	for again := false; ; again = true {
		g, err := s.acquire(ctx, "observe")
		if err != nil {
			return protocol.Observation{}, asked, withoutEffect(err)
		}
		asked = g.n
		o, err := g.subject.Observe(ctx)
		s.observed(ctx, g, err)
		switch {
		case err == nil:
			return o, g.n, nil
		case ctx.Err() != nil || !g.lost():
			return protocol.Observation{}, g.n, err
		case again:
			return protocol.Observation{}, g.n, died("observe", g, err)
		}
	}
}

// withoutEffect makes an error of acquire one of Observe, which has no effect to
// speak of.
func withoutEffect(err error) error {
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		e.Effect = ""
	}
	return err
}

// acquire returns the process in service, waiting for one if need be, and counts
// the call among those in flight there.
func (s *Supervisor) acquire(ctx context.Context, op string) (*generation, error) {
	for {
		s.mu.Lock()
		g, err := s.inService(op)
		if g != nil {
			g.calls++
		}
		changed := s.changed
		s.mu.Unlock()
		if g != nil {
			return g, nil
		}
		if err != nil {
			return nil, err
		}
		if err := s.wait(ctx, op, changed); err != nil {
			return nil, err
		}
	}
}

// inService returns the process that calls go to, an error if there will be
// none, or neither. The lock is held.
func (s *Supervisor) inService(op string) (*generation, error) {
	switch {
	case s.state == Closed:
		return nil, &protocol.Error{
			Code: protocol.FailedPrecondition, Message: op + ": the plugin is closed", Effect: protocol.EffectNone,
		}
	case s.state == Failed:
		return nil, &protocol.Error{
			Code: protocol.Unavailable, Message: fmt.Sprintf("%s: %v", op, s.why), Effect: protocol.EffectNone, Err: s.why,
		}
	case s.state == Running && !s.last.lost():
		return s.last, nil
	default: // it is down, or has just died
		return nil, nil //nolint:nilnil // that is what the caller waits for
	}
}

// wait waits for another state. Its error says why there is no process.
func (s *Supervisor) wait(ctx context.Context, op string, changed <-chan struct{}) error {
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	why, retry := s.why, s.retry
	s.mu.Unlock()
	message := op + ": the plugin is down"
	if why != nil {
		message += ": " + why.Error()
	}
	if in := time.Until(retry); in > 0 {
		message += fmt.Sprintf("; it will be started again in %s", in.Round(time.Millisecond))
	} else {
		message += "; it is being started again"
	}
	e := &protocol.Error{
		Code: protocol.Unavailable, Message: message, Retryable: true, Effect: protocol.EffectNone, Err: ctx.Err(),
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		e.Code = protocol.Canceled
	}
	return e
}

// leave ends a call in flight. The lock is held.
func (s *Supervisor) leave(g *generation) {
	g.calls--
	if g.retired && g.calls == 0 {
		close(g.idle)
	}
}

// died is the error of a call whose process was lost under it.
func died(op string, g *generation, err error) *protocol.Error {
	return &protocol.Error{
		Code: protocol.Unavailable, Message: fmt.Sprintf("%s: %v", op, g.why()), Retryable: true, Err: err,
	}
}
