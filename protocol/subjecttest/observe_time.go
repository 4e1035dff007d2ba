package subjecttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// observeTimeChecks are about deadlines and cancellation. That a call returns
// in time is seen to by [Opened] itself.
func observeTimeChecks() []Check {
	return []Check{
		{"observe/bounded", "Observe returns before its deadline whatever hangs, with an observation or DeadlineExceeded", observeBounded},
		{"observe/late_is_unknown", "what was not read in time is unknown: a deadline makes nothing held", observeLateIsUnknown},
		{"observe/ended", "a call whose context has ended returns at once, with Canceled or DeadlineExceeded", observeEnded},
		{"observe/cancel", "a call that is cancelled returns at once, whatever it waits for", observeCancel},
	}
}

// ended are contexts that are over before a call begins.
var ended = map[string]func(context.Context) (context.Context, context.CancelFunc){
	"a context that was cancelled": func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return ctx, cancel
	},
	"a deadline that had passed": func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithDeadline(ctx, time.Now().Add(-time.Second))
	},
}

// deadlines are short: the shortest is over before much can be done.
var deadlines = []time.Duration{time.Millisecond, 50 * time.Millisecond}

// patient is for a machine on which nobody gets to make an observation within
// the others.
const patient = 500 * time.Millisecond

// endedBy returns what is wrong with err as that of a call whose context has
// ended, nil if nothing is. DeadlineExceeded may come a moment before: a subject
// in another process is given a little less time, for the way back.
func endedBy(ctx context.Context, err error) error {
	deadline, bounded := ctx.Deadline()
	switch want := protocol.CodeOf(ctx.Err()); {
	case ctx.Err() == nil && bounded && time.Until(deadline) < clockSkew && protocol.CodeOf(err) == protocol.DeadlineExceeded:
		return nil
	case ctx.Err() == nil:
		return errors.New("its context had not ended, and it returned " + told(err))
	case protocol.CodeOf(err) != want || !errors.Is(err, ctx.Err()):
		return fmt.Errorf("want %s, got %s", want, told(err))
	default:
		return nil
	}
}

// observeShortly observes a system that answers and one that never does under
// short deadlines. judge is given what came of each.
func observeShortly(ctx context.Context, e *Env, judge func(o *Opened, l look) error) error {
	for _, system := range []struct {
		name string
		open func(context.Context) (*Opened, error)
	}{{"running", e.up}, {"hanging", e.hang}} {
		o, err := system.open(ctx)
		if err != nil {
			return err
		}
		for _, deadline := range deadlines {
			short, cancel := context.WithTimeout(ctx, deadline)
			asked := time.Now()
			observation, err := o.Observe(short)
			if err == nil {
				err = judge(o, look{observation, asked, time.Now()})
			} else {
				err = endedBy(short, err)
			}
			cancel()
			if err != nil {
				return fmt.Errorf("observing the %s system with a deadline of %s: %w", system.name, deadline, err)
			}
		}
	}
	return nil
}

func observeBounded(ctx context.Context, e *Env) error {
	return observeShortly(ctx, e, func(o *Opened, l look) error {
		if err := o.valid(l); err != nil {
			return errors.New(told(err))
		}
		return nil
	})
}

func observeLateIsUnknown(ctx context.Context, e *Env) error {
	o, err := e.hang(ctx)
	if err != nil {
		return err
	}
	seen := false
	for _, deadline := range append(slices.Clone(deadlines), patient) {
		if seen && deadline == patient {
			break
		}
		short, cancel := context.WithTimeout(ctx, deadline)
		observation, err := o.Observe(short)
		cancel()
		if err != nil {
			continue // then everything is unknown
		}
		seen = true
		if err := holdsNothing(o.Definition, observation); err != nil {
			return fmt.Errorf("observing the hanging system with a deadline of %s: %w", deadline, err)
		}
	}
	return nil
}

func observeEnded(ctx context.Context, e *Env) error {
	var p problems
	for _, open := range []func(context.Context) (*Opened, error){e.up, e.hang} {
		o, err := open(ctx)
		if err != nil {
			return err
		}
		for what, end := range ended {
			over, cancel := end(ctx)
			_, err := o.Observe(over)
			if err := endedBy(over, err); err != nil {
				p.addf("Observe with %s: %v", what, err)
			}
			cancel()
		}
	}
	return p.err()
}

// observeCancel cancels a call that waits for a system that never answers.
func observeCancel(ctx context.Context, e *Env) error {
	o, err := e.hang(ctx)
	if err != nil {
		return err
	}
	var p problems
	for _, after := range []time.Duration{time.Millisecond, 50 * time.Millisecond} {
		cancelled, cancel := context.WithCancel(ctx)
		timer := time.AfterFunc(after, cancel)
		l, err := o.Observe(cancelled)
		if err != nil {
			err = endedBy(cancelled, err)
		} else {
			err = o.valid(look{l, time.Now(), time.Now()})
		}
		if err != nil {
			p.addf("cancelled after %s: %s", after, err)
		}
		timer.Stop()
		cancel()
	}
	return p.err()
}
