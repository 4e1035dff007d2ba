package redis

import (
	"context"
	"errors"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Step reads the known keys, and then spends the budget: on what changed since
// the last step where a full pass is being followed, else on going on with the
// pass. visit is called for every counter that was read, by one goroutine at a
// time and before Step returns; it must not call the Sweeper.
//
// window is the limiter's default window. known are the keys to be read by every
// step, such as those found over their limits; a round trip reads 250 of them.
// Each is visited in every step that returns no error, as are counters that are
// gone, then not Present. Counters that the pass comes by have [UnknownCount].
// During a pass a counter may be visited more than once, and the last time is
// how it is.
//
// An error comes after what was read before it was visited, and the next step
// resumes where it happened: nothing is skipped. A server that was restarted, or
// masters that are others than before, begin the pass anew. In a Cluster of which
// a master is gone every step fails, and no pass is begun.
func (s *Sweeper) Step(
	ctx context.Context, window time.Duration, known []string, visit func(Counter),
) (Progress, error) {
	if err := checkWindow(window); err != nil {
		return Progress{}, err
	}
	if err := s.take(ctx); err != nil {
		return Progress{}, err
	}
	defer s.giveBack()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	r := &run{window: window, began: time.Now(), until: time.Now().Add(s.opts.Budget), visit: visit, watch: &s.watch}
	err := s.step(ctx, r, known)
	if errors.Is(err, errRestarted) {
		s.again(errRestarted.Error())
		for _, m := range s.members {
			m.forget()
		}
		err = s.step(ctx, r, known)
	}
	if failure.ClassOf(err) == failure.Timeout {
		// A connection that died without a word costs a timeout to find out, and
		// those beside it have most likely died too.
		for _, m := range s.members {
			m.hangUp()
		}
	}
	s.report(r)
	return r.progress, err
}

// hangUp has the next round trips make connections of their own. That for changes
// stays.
func (m *member) hangUp() {
	for _, ch := range m.chains {
		ch.drop()
	}
	m.given.drop()
	m.verify.drop()
}

func (s *Sweeper) step(ctx context.Context, r *run, known []string) error {
	members, others, err := s.adopt(ctx)
	if err != nil {
		return err
	}
	for _, m := range members {
		if m.met {
			continue
		}
		if err := m.meet(ctx, s.client); err != nil {
			return err
		}
	}
	if err := s.catchUp(ctx, members, others, r.window); err != nil {
		return err
	}
	if err := s.readGiven(ctx, r, members, known, r.take(&r.progress.Visited.Asked)); err != nil {
		return err
	}
	for attempt := 0; !s.watch.following; attempt++ {
		if s.pass == nil {
			if err := s.beginPass(ctx, members); err != nil {
				return err
			}
			r.progress.Fresh = true
		}
		if err := s.sweepOn(ctx, r); err != nil {
			return err
		}
		if s.pass != nil || r.progress.Complete || attempt > 0 {
			break
		}
	}
	if !s.watch.following {
		return nil
	}
	return s.follow(ctx, r, members)
}

// report says in the step's progress how things are.
func (s *Sweeper) report(r *run) {
	p, w := &r.progress, &s.watch
	p.Round, p.Last = s.round, s.last
	p.Swept, p.Total = s.swept()
	p.Following, p.Again, p.Off = w.following, w.again, w.off
	p.Differences, p.Difference = w.differences, w.difference
	if w.following {
		due, _ := w.changed.state()
		p.Behind = due + w.moving.waiting(r.began)
	}
	p.Chains = s.opts.Chains
	for _, m := range s.members {
		if m.one != "" && p.Chains > 1 {
			p.Chains, p.One = 1, m.one
		}
	}
}
