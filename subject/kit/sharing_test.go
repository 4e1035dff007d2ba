package kit_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// seats is how many observations are made at the same time without a wait, and
// maxWait how long the next waits for one of them.
const (
	seats   = 4
	maxWait = 250 * time.Millisecond
)

// looks counts the observations that are made, each of which takes a while.
type looks struct {
	mu    sync.Mutex
	begun []time.Time
	takes func(n int) time.Duration // the n-th, from 0
	fails func(n int) bool
}

// observe makes an observation that knows when it began. It has a source that
// says deadline if its time was too short.
func (l *looks) observe(ctx context.Context) (protocol.Observation, error) {
	l.mu.Lock()
	n := len(l.begun)
	now := time.Now()
	l.begun = append(l.begun, now)
	l.mu.Unlock()
	o := protocol.Observation{
		Time: now, Sources: []protocol.Source{{Class: protocol.SourceOK}},
		Violations: []protocol.Violation{{Value: new(1.0), Threshold: new(0.0)}}, State: json.RawMessage(`{}`),
	}
	select {
	case <-time.After(l.takes(n)):
	case <-ctx.Done():
		o.Sources[0].Class = protocol.SourceDeadline
		if errors.Is(ctx.Err(), context.Canceled) {
			return protocol.Observation{}, ctx.Err()
		}
	}
	if l.fails != nil && l.fails(n) {
		return protocol.Observation{}, errors.New("it failed")
	}
	return o, nil
}

func always(d time.Duration) func(int) time.Duration {
	return func(int) time.Duration { return d }
}

// call is one caller's observation.
type call struct {
	asked, answered time.Time
	o               protocol.Observation
	err             error
}

// callers asks n times, the i-th i milliseconds after the first, each with a
// deadline of its own unless that is 0.
func callers(t *testing.T, s *kit.Sharing, l *looks, n int, given time.Duration) []call {
	t.Helper()
	calls := make([]call, n)
	var all sync.WaitGroup
	for i := range calls {
		all.Go(func() {
			time.Sleep(time.Duration(i) * time.Millisecond)
			ctx := t.Context()
			if given > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, given)
				defer cancel()
			}
			c := call{asked: time.Now()}
			c.o, c.err = s.Observe(ctx, l.observe)
			c.answered = time.Now()
			calls[i] = c
		})
	}
	all.Wait()
	return calls
}

func TestManyCallersShareALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &looks{takes: always(150 * time.Millisecond)}
		calls := callers(t, kit.NewSharing(), l, 300, 0)
		for i, c := range calls {
			if c.err != nil || c.o.Time.Before(c.asked) {
				t.Errorf("caller %d asked at %s and was told of %s, %v", i, c.asked, c.o.Time, c.err)
			}
			if took := c.answered.Sub(c.asked); took > 300*time.Millisecond {
				t.Errorf("caller %d waited %s for a look that takes 150ms", i, took)
			}
		}
		// Four at once; all others, who have asked by the time that the first of
		// them is done, share one; and so on.
		if want := 3 * (seats + 1); len(l.begun) > want {
			t.Errorf("%d looks for %d callers, want at most %d", len(l.begun), len(calls), want)
		}
		one, other := calls[50].o, calls[60].o
		one.Sources[0].Class, one.State[0] = "changed", '?'
		*one.Violations[0].Value, *one.Violations[0].Threshold = -1, -1
		if one.Time != other.Time || other.Sources[0].Class != protocol.SourceOK || string(other.State) != "{}" ||
			*other.Violations[0].Value != 1 || *other.Violations[0].Threshold != 0 {
			t.Error("one caller's change of an observation is another's")
		}
	})
}

func TestALookDoesNotWaitForWhatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &looks{takes: always(2 * time.Second)}
		for i, c := range callers(t, kit.NewSharing(), l, 200, 5*time.Second) {
			if took := c.answered.Sub(c.asked); c.err != nil || took > 2*time.Second+maxWait || c.o.Sources[0].Class != protocol.SourceOK {
				t.Errorf("caller %d waited %s: %+v, %v", i, took, c.o.Sources, c.err)
			}
		}
		if len(l.begun) != seats+1 {
			t.Errorf("%d looks, want %d", len(l.begun), seats+1)
		}
	})
}

func TestACallerDoesNotWaitPastItsDeadline(t *testing.T) {
	for _, given := range []time.Duration{20 * time.Millisecond, 300 * time.Millisecond, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			l := &looks{takes: always(time.Hour)}
			for i, c := range callers(t, kit.NewSharing(), l, 20, given) {
				if took := c.answered.Sub(c.asked); c.err != nil || took > given || c.o.Sources[0].Class != protocol.SourceDeadline {
					t.Errorf("caller %d of %s waited %s: %+v, %v", i, given, took, c.o.Sources, c.err)
				}
			}
		})
	}
}

func TestALookThatFailedIsNobodyElses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The fifth look, the first that is shared, fails.
		l := &looks{takes: always(100 * time.Millisecond), fails: func(n int) bool { return n == seats }}
		failed := 0
		for i, c := range callers(t, kit.NewSharing(), l, 30, 0) {
			if c.err != nil {
				failed++
			} else if c.o.Time.Before(c.asked) {
				t.Errorf("caller %d was told of a past", i)
			}
		}
		if failed != 1 {
			t.Errorf("%d callers were told of the failure, want who made the look", failed)
		}
	})
}

func TestALookCutShortIsMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &looks{takes: always(time.Second)}
		s := kit.NewSharing()
		var all sync.WaitGroup
		ask := func(given time.Duration) (o protocol.Observation) {
			ctx, cancel := context.WithTimeout(t.Context(), given)
			defer cancel()
			o, err := s.Observe(ctx, l.observe)
			if err != nil {
				t.Error(err)
			}
			return o
		}
		for range seats {
			all.Go(func() { ask(5 * time.Second) })
		}
		synctest.Wait()
		all.Go(func() {
			if o := ask(200 * time.Millisecond); o.Sources[0].Class != protocol.SourceDeadline {
				t.Errorf("200ms are too short: %+v", o.Sources)
			}
		})
		synctest.Wait()
		all.Go(func() {
			if o := ask(5 * time.Second); o.Sources[0].Class != protocol.SourceOK {
				t.Errorf("5s are enough, and what was told is another's lack of time: %+v", o.Sources)
			}
		})
		all.Wait()
	})
}

func TestACallerThatGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &looks{takes: always(time.Second)}
		s := kit.NewSharing()
		var all sync.WaitGroup
		for range seats {
			all.Go(func() { _, _ = s.Observe(t.Context(), l.observe) })
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		for range 5 { // one who makes the look, and four who wait for it
			all.Go(func() {
				if _, err := s.Observe(ctx, l.observe); !errors.Is(err, context.Canceled) {
					t.Errorf("Observe of a caller that gave up = %v", err)
				}
			})
		}
		synctest.Wait()
		begin := time.Now()
		cancel()
		synctest.Wait()
		if waited := time.Since(begin); waited > 0 {
			t.Errorf("they gave up and waited %s", waited)
		}
		all.Wait()
	})
}
