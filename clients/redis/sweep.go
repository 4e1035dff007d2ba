package redis

import (
	"context"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// defaultBudget is the Keys of a [Budget] without one.
const defaultBudget = 10_000

// SweepOptions configures a [Sweep].
type SweepOptions struct {
	// Count is about how many keys the server walks for one page (the COUNT of
	// SCAN), 250 by default. It blocks other clients for the time it takes.
	Count int
}

// Budget bounds one call of [Sweep.Next].
type Budget struct {
	// Keys is about how many keys the servers walk, all that are in the database
	// counted and not only the limiter's; 10,000 when 0.
	Keys int
	// Time is how long new round trips are begun; the context's deadline alone
	// bounds the call when 0.
	Time time.Duration
}

// Page is what one call of [Sweep.Next] has read.
type Page struct {
	// Counters were found and read, each once. One with an Err was found but
	// could not be read.
	Counters []Counter
	// Limits are the own limits that were found by their keys, also of keys that
	// have no counter.
	Limits []OwnLimit

	// Round numbers the passes over the keyspace, from 1.
	Round int
	// Fresh says that this call began the round.
	Fresh bool
	// Complete says that this call finished the round: everything that existed
	// all through it has been read at least once. The next call begins another.
	Complete bool
	// Scanned is about how many of the Total keys this round has walked.
	Scanned int64
	// Total is the number of keys in the database (DBSIZE, in a Cluster summed
	// over the masters), other keys than counters included. It is nil as long as
	// a master has not told.
	Total *int64
	// Last is the last round that was finished; nil before one was.
	Last *FullRound
}

// FullRound is a finished pass over the keyspace.
type FullRound struct {
	// Counters and Limits are how many were found. A key that SCAN returned
	// twice counts twice if that was in two calls.
	Counters, Limits int64
	// Began and Ended are by this machine's clock.
	Began, Ended time.Time
}

// Sweep walks the keyspace in slices: each call of Next goes on where the one
// before stopped, at the cursor of each master, and reads what it finds. Small
// keyspaces are swept by one call.
//
// It may be used by several goroutines; their calls take turns.
type Sweep struct {
	client *Client
	count  int64
	turn   chan struct{} // holds one token while a call is at work; guards the rest

	round   int
	began   time.Time
	seen    FullRound // of this round so far
	last    *FullRound
	members map[string]*walk // by the master's address; empty between rounds
}

// NewSweep returns a sweep that has not begun. It holds no resources.
func (c *Client) NewSweep(opts SweepOptions) (*Sweep, error) {
	if opts.Count < 0 {
		return nil, invalid("sweep counters", "Count: must not be negative")
	}
	if opts.Count == 0 {
		opts.Count = defaultPage
	}
	return &Sweep{client: c, count: int64(opts.Count), turn: make(chan struct{}, 1), members: map[string]*walk{}}, nil
}

// Next sweeps on until the round is complete, the budget is spent or ctx ends.
// window is the limiter's default window.
//
// The pages of a SCAN share round trips with the reads of the page before, so
// that n keys take about n/Count + 2 of them, one master after the other.
//
// An error comes with what was read before it, and the next call resumes where
// it happened: nothing is skipped. In a Cluster the other masters are swept on
// all the same. When the masters of a Cluster change, those that are new are
// swept from their beginning and those that are gone are forgotten.
//
// A cursor means something only to the server that gave it: when that restarts
// or its replica takes its place, keys may be left out until the next round.
func (s *Sweep) Next(ctx context.Context, budget Budget, window time.Duration) (Page, error) {
	if err := checkWindow(window); err != nil {
		return Page{}, err
	}
	if budget.Keys < 0 || budget.Time < 0 {
		return Page{}, invalid("sweep counters", "the budget must not be negative")
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return Page{}, &failure.Error{
			Op: "sweep counters", Target: s.client.target, Class: failure.Classify(ctx.Err()), Err: ctx.Err(),
			Detail: "another call was still at it",
		}
	}

	masters, err := s.client.masters(ctx, true)
	if err != nil {
		return s.page(&slice{}), err
	}
	sl := newSlice(budget, window)
	if len(s.members) == 0 {
		sl.fresh = true
		s.round++
		s.began, s.seen = time.Now(), FullRound{}
	}
	walks := s.adopt(masters)
	for _, w := range walks {
		if e := w.advance(ctx, s, sl); e != nil && err == nil {
			err = e
		}
		if ctx.Err() != nil {
			break
		}
	}
	s.seen.Counters += int64(len(sl.counters))
	s.seen.Limits += int64(len(sl.limits))
	if done(walks) {
		sl.complete = true
	}
	return s.page(sl), err
}

// adopt brings the walks in line with the masters there are.
func (s *Sweep) adopt(masters []master) []*walk {
	current := make(map[string]*walk, len(masters))
	walks := make([]*walk, len(masters))
	for i, m := range masters {
		w := s.members[m.addr]
		if w == nil {
			w = &walk{}
		}
		w.master = m
		if m.size != nil {
			w.total = m.size
		}
		current[m.addr], walks[i] = w, w
	}
	s.members = current
	return walks
}

// page makes the answer of a call, and ends the round if it is complete.
func (s *Sweep) page(sl *slice) Page {
	p := Page{
		Counters: sl.counters, Limits: sl.limits,
		Round: s.round, Fresh: sl.fresh, Complete: sl.complete,
	}
	total, known := int64(0), len(s.members) > 0
	for _, w := range s.members {
		p.Scanned += w.scanned()
		if known = known && w.total != nil; known {
			total += *w.total
		}
	}
	if known {
		p.Total = new(total)
	}
	if sl.complete {
		s.seen.Began, s.seen.Ended = s.began, time.Now()
		s.last = new(s.seen)
		clear(s.members)
	}
	p.Last = s.last
	return p
}

func done(walks []*walk) bool {
	for _, w := range walks {
		if !w.done() {
			return false
		}
	}
	return true
}
