package redis

import (
	"context"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// askAgain is when a server that refused to tell what changes is asked again.
const askAgain = time.Minute

// watch follows what changes after a full pass.
type watch struct {
	changed *changed
	most    int
	off     string    // why nothing is followed
	retry   time.Time // when to ask again

	noting    bool // changes are noted, since the pass under way or the last one began
	following bool // that pass has ended
	again     string
	window    time.Duration // that everything was counted over
	moving    *moving
	sample    *sample

	turn        int // of the masters, to be verified
	differences int64
	difference  *Difference
}

func newWatch(s *Sweeper) watch {
	w := watch{
		changed: newChanged(s.client.keys, s.opts.Remembered), most: s.opts.Remembered,
		moving: newMoving(s.opts.Remembered), sample: newSample(),
	}
	if s.opts.Untracked {
		w.off = "it was not asked for"
	}
	return w
}

// beginWatch has all masters tell what changes from now on. That one refuses is
// no error.
func (s *Sweeper) beginWatch(ctx context.Context, members []*member) error {
	w := &s.watch
	w.noting, w.following = false, false
	if s.opts.Untracked || time.Now().Before(w.retry) {
		return nil
	}
	for _, m := range members {
		if t := m.tracker; t != nil && (t.ended() || t.x.id.run != m.run) {
			t.close() // which it takes for a loss, so before the set begins anew
			m.tracker = nil
		}
	}
	w.changed.reset() // a connection that is lost after this is known to be
	w.moving, w.sample = newMoving(w.most), newSample()
	for _, m := range members {
		if m.tracker != nil && !m.tracker.ended() {
			continue
		}
		m.tracker.close()
		m.tracker = nil
		t, err := s.track(ctx, m)
		if err != nil && refused(err) {
			w.off, w.retry = "the server does not tell what changes: "+err.Error(), time.Now().Add(askAgain)
			return nil
		}
		if err != nil {
			return err
		}
		m.tracker = t
	}
	w.off, w.noting = "", true
	return nil
}

// track opens the connection over which a master tells what changes.
func (s *Sweeper) track(ctx context.Context, m *member) (*tracker, error) {
	const op = "CLIENT TRACKING ON BCAST"
	x, err := m.dial(ctx, s.client, op, 3)
	if err != nil {
		return nil, err
	}
	t, err := askAt(ctx, s.client, op, m.master.addr, func(ctx context.Context) (*tracker, error) {
		t, err := track(ctx, x, s.watch.changed)
		if err == nil && ctx.Err() != nil {
			t.close()
			return nil, ctx.Err()
		}
		return t, err
	})
	if err != nil {
		x.close()
	}
	return t, err
}

// refused reports whether a server, or what stands before it, has said no, rather
// than that it cannot answer now.
func refused(err error) bool {
	switch failure.ClassOf(err) {
	case failure.Forbidden, failure.Rejected, failure.Failing, failure.Malformed:
		return true
	default:
		return false
	}
}

// endPass has the watch follow what the pass has found, if all that changed
// meanwhile is known.
func (w *watch) endPass() {
	_, lost := w.changed.state()
	w.following = w.noting && lost == ""
	if w.again = ""; w.noting {
		w.again = lost
	}
}

// unfollow gives up what was found.
func (w *watch) unfollow(why string) {
	w.noting, w.following, w.again = false, false, why
}

// seen takes a counter that was read.
func (w *watch) seen(c *Counter) {
	if w.noting && c.Err == nil {
		w.moving.seen(c, time.Now())
		w.sample.seen(c)
	}
}

// catchUp waits for all that changed until now to be told, and gives up what was
// found, or is being found, where that no longer holds. The error is that ctx
// ended.
func (s *Sweeper) catchUp(ctx context.Context, members []*member, others bool, window time.Duration) error {
	w := &s.watch
	why := ""
	switch {
	case others && s.round > 0:
		why = "the masters are others"
	case window != w.window && s.round > 0:
		why = "the default window is another"
	case w.noting:
		if err := s.barrier(ctx, members); err != nil {
			return err
		}
		w.changed.turn()
		if _, lost := w.changed.state(); w.following {
			why = lost
		}
		if why == "" && w.following && w.moving.over(time.Now()) {
			why = "the windows of more counters moved on than are remembered"
		}
	}
	w.window = window
	if why != "" {
		s.again(why)
	}
	return nil
}

// barrier waits for all masters to have told what changed before the call. One
// that does not loses what is followed. The error is that ctx ended.
func (s *Sweeper) barrier(ctx context.Context, members []*member) error {
	const op = "PING"
	for _, m := range members {
		if m.tracker == nil {
			s.watch.changed.lose("the masters are others")
			continue
		}
		start := time.Now()
		bound, cancel := context.WithTimeout(ctx, s.client.timeout)
		err := m.tracker.barrier(bound)
		cancel()
		if ctx.Err() != nil && !m.tracker.silent(s.client.timeout) {
			return gaveUp(op, m.master.addr, ctx.Err(), time.Since(start))
		}
		if err != nil {
			m.tracker.close()
			m.hangUp() // the others went the same way
			s.watch.changed.lose(fmt.Sprintf("the connection over which %s tells changes does not answer", m.master.addr))
		}
	}
	return nil
}
