package supervisor

import (
	"context"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// keep watches over a process, and over those that are started when it has died,
// until ctx ends: a reload has put another one into service, or the supervisor
// is closed. It also ends when the budget is spent.
func (s *Supervisor) keep(ctx context.Context, g *generation) {
	for {
		select {
		case <-g.process.Done():
		case <-ctx.Done():
			return
		}
		delay, what := s.crashed(ctx, g, g.why(), time.Since(g.began))
		if what == leave {
			return // and whoever has replaced it closes it
		}
		again := time.Now().Add(delay)
		s.discard(g)
		if what == stayDown {
			return
		}
		if g = s.revive(ctx, g, again); g == nil {
			return
		}
	}
}

// revive starts a process in place of one that has died. It returns nil when ctx
// ends or the budget is spent.
func (s *Supervisor) revive(ctx context.Context, dead *generation, again time.Time) *generation {
	for {
		if !sleep(ctx, time.Until(again)) {
			return nil
		}
		g, err := start(ctx, s.launch, dead.spec)
		if err == nil {
			if s.revived(ctx, g) {
				return g
			}
			s.discard(g)
			return nil
		}
		delay, what := s.crashed(ctx, dead, err, 0)
		if what != tryAgain {
			return nil
		}
		again = time.Now().Add(delay)
	}
}

// revived puts a process into service, unless it is too late.
func (s *Supervisor) revived(ctx context.Context, g *generation) bool {
	s.mu.Lock()
	if ctx.Err() != nil {
		s.mu.Unlock()
		return false
	}
	e := s.serve(g, EventRunning)
	s.mu.Unlock()
	s.log(e)
	return true
}

// then is what to do after a crash.
type then int

const (
	leave    then = iota // it is no longer in service: its end is nobody's concern
	tryAgain             // after a delay
	stayDown             // the budget is spent
)

// crashed records that a process has died that ran for so long, or that none was
// started in its place.
func (s *Supervisor) crashed(ctx context.Context, g *generation, why error, ran time.Duration) (delay time.Duration, what then) {
	s.mu.Lock()
	if ctx.Err() != nil {
		s.mu.Unlock()
		return 0, leave
	}
	now := time.Now()
	s.why = why
	s.emit(Event{Type: EventDown, Generation: g.n, Err: why})
	e, what := Event{Type: EventRestarting, Generation: g.n, Err: why}, tryAgain
	if s.crashes.add(now, g.spec.Budget) {
		s.why = protocol.Errorf(protocol.Unavailable,
			"the plugin died more than %d times within %s and stays down; find out why, correct it and reload it; the last time: %w",
			g.spec.Budget.Max, g.spec.Budget.Within, why)
		e.Type, e.Err, what = EventFailed, s.why, stayDown
		s.turn(Failed)
	} else {
		e.Delay = s.crashes.next(s.opts.Backoff, ran)
		s.retry = now.Add(e.Delay)
		s.turn(Down)
	}
	s.emit(e)
	s.mu.Unlock()
	s.log(e)
	return e.Delay, what
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
