package supervisor

import (
	"context"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Reload puts another process into service, without a call failing: it starts
// one beside the one in service, configures it and has it observe once, and
// moves the calls over. The old process finishes the calls that it has, within
// its Spec's Timeout, and is closed; Reload does not wait for that, but the next
// one does.
//
// If anything is wrong with the new process the old one stays in service, and
// the error says at which step it failed. Reload also brings back a plugin that
// is down or stays down, and gives it a new budget. Reloads come one after the
// other, each within its ctx.
func (s *Supervisor) Reload(ctx context.Context, spec Spec) error {
	if !s.enter() {
		return closedError()
	}
	defer s.working.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()

	select {
	case s.swapping <- struct{}{}:
	case <-ctx.Done():
		return s.refused(fmt.Errorf("reload: wait for the last reload to end: %w", s.given(ctx)))
	}
	err := s.swap(ctx, spec.withDefaults())
	if err != nil {
		<-s.swapping
		return s.refused(fmt.Errorf("reload: %w", err))
	}
	return nil
}

// enter makes Close wait for the caller, who then calls working.Done.
func (s *Supervisor) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == Closed {
		return false
	}
	s.working.Add(1)
	return true
}

func closedError() error {
	return protocol.Errorf(protocol.FailedPrecondition, "reload: the plugin is closed")
}

// given is the error of a context that has ended, or of the supervisor's end.
func (s *Supervisor) given(ctx context.Context) error {
	if s.ctx.Err() != nil {
		return protocol.Errorf(protocol.FailedPrecondition, "the plugin was closed meanwhile")
	}
	return protocol.Errorf(protocol.CodeOf(ctx.Err()), "%w", ctx.Err())
}

// swap puts a new process into service, and the old one out of it.
func (s *Supervisor) swap(ctx context.Context, spec Spec) error {
	s.mu.Lock()
	s.emit(Event{Type: EventSwapping, Generation: s.last.n})
	s.mu.Unlock()
	g, err := start(ctx, s.launch, spec)
	if err == nil {
		err = g.check(ctx)
	}
	if err != nil {
		if s.ctx.Err() != nil {
			return s.given(ctx)
		}
		return err
	}

	s.mu.Lock()
	if s.state == Closed {
		s.mu.Unlock()
		s.discard(g)
		return s.given(ctx)
	}
	old, serving := s.last, s.state == Running
	s.crashes, s.retry = crashes{}, time.Time{}
	e := s.install(g, EventSwapped)
	if old.retired = serving; serving && old.calls == 0 {
		close(old.idle)
	}
	s.working.Go(func() {
		defer func() { <-s.swapping }()
		if serving { // else it is closed already
			s.drain(old)
		}
	})
	s.mu.Unlock()
	s.log(e)
	return nil
}

// drain closes a process when the calls that it has are done, or have had their
// time.
func (s *Supervisor) drain(g *generation) {
	timer := time.NewTimer(g.spec.Timeout)
	defer timer.Stop()
	select {
	case <-g.idle:
	case <-g.process.Done():
	case <-timer.C:
		s.mu.Lock()
		g.drop(protocol.Errorf(protocol.Unavailable,
			"the plugin's process was replaced, and did not finish the call within %s", g.spec.Timeout))
		s.mu.Unlock()
	case <-s.ctx.Done():
	}
	s.discard(g)
}

// refused reports a reload that has changed nothing.
func (s *Supervisor) refused(err error) error {
	s.mu.Lock()
	e := Event{Type: EventSwapRefused, Generation: s.last.n, Err: err}
	closed := s.state == Closed
	if !closed {
		s.emit(e)
	}
	s.mu.Unlock()
	if !closed {
		s.log(e)
	}
	return err
}
