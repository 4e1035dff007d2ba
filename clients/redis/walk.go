package redis

import (
	"context"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// walk is one master's part of a round.
type walk struct {
	master  master
	cursor  uint64
	atEnd   bool   // SCAN has nothing more to give
	pending []step // found, still to be read
	stuck   bool   // the last reads failed: finish them before finding more

	walked int64  // keys, about
	total  *int64 // DBSIZE; nil until the master has told
}

func (w *walk) done() bool { return w.atEnd && len(w.pending) == 0 }

// scanned is about how many of the master's keys have been walked.
func (w *walk) scanned() int64 {
	switch {
	case w.total == nil:
		return w.walked
	case w.atEnd:
		return *w.total
	default:
		return min(w.walked, *w.total)
	}
}

// slice is what one call of Next may spend, and what it has read for that.
type slice struct {
	window time.Duration
	keys   int64     // left of the budget
	until  time.Time // zero without a bound

	begun    bool                // a round trip was made
	found    map[string]struct{} // by this call: SCAN repeats itself
	counters []Counter
	limits   []OwnLimit

	fresh, complete bool
}

func newSlice(budget Budget, window time.Duration) *slice {
	sl := &slice{window: window, keys: int64(budget.Keys), found: map[string]struct{}{}}
	if sl.keys == 0 {
		sl.keys = defaultBudget
	}
	if budget.Time > 0 {
		sl.until = time.Now().Add(budget.Time)
	}
	return sl
}

func (sl *slice) late() bool { return !sl.until.IsZero() && time.Now().After(sl.until) }

// advance walks on until the master is done, the slice is spent, or a round trip
// fails. What fails stays as it was, to be tried by the next call.
func (w *walk) advance(ctx context.Context, s *Sweep, sl *slice) error {
	c := s.client
	for first := true; ; first = false {
		if sl.begun && sl.late() {
			return nil
		}
		sl.begun = true
		// The rest is there only after pages of huge keys.
		batch, rest := cut(w.pending)
		var page *scan
		if !w.atEnd && !w.stuck && len(rest) == 0 && sl.keys > 0 {
			page = &scan{
				client: c, from: w.master, cursor: w.cursor, count: min(s.count, sl.keys),
				sized: first && c.cluster == nil,
			}
		}
		if page == nil && len(batch) == 0 {
			return nil
		}
		if err := c.read(ctx, batch, sl.window, page); err != nil {
			return err
		}
		err := w.harvest(c, batch, rest, sl)
		if page != nil {
			if e := w.turn(page, sl); err == nil {
				err = e
			}
		}
		if err != nil {
			return err
		}
	}
}

// harvest settles the steps that were read. Those that failed for a reason that
// is not theirs, and those that follow from what was read, become pending.
func (w *walk) harvest(c *Client, batch, rest []step, sl *slice) (failed error) {
	pending := make([]step, 0, len(rest)+len(batch)/2)
	for _, st := range batch {
		next := st.settle(c)
		err := st.err()
		switch {
		case err != nil && !aboutKey(err):
			pending = append(pending, st)
			if failed == nil {
				failed = err
			}
		case next != nil:
			pending = append(pending, next)
		default:
			sl.keep(st)
		}
	}
	w.pending = append(pending, rest...)
	w.stuck = failed != nil
	return failed
}

// keep takes the result of a step that is finished.
func (sl *slice) keep(st step) {
	switch st := st.(type) {
	case *reading:
		// What has gone meanwhile, or is no sorted set, is not a counter.
		if st.counter.Present || (st.counter.Err != nil && Classify(st.counter.Err) != failure.WrongType) {
			sl.counters = append(sl.counters, st.counter)
		}
	case *limiting:
		if st.found {
			sl.limits = append(sl.limits, st.own)
		}
	case *typing:
		if st.failed != nil { // it may or may not be a counter
			sl.counters = append(sl.counters, Counter{Key: st.key, Err: st.failed})
		}
	}
}

// turn takes a page of the SCAN.
func (w *walk) turn(page *scan, sl *slice) error {
	keys, next, err := page.settle()
	if err != nil {
		return err
	}
	if page.sized {
		if total, err := page.size.Result(); err == nil {
			w.total = new(total)
		}
	}
	w.cursor, w.atEnd = next, next == 0
	w.walked += page.count
	sl.keys -= page.count
	for _, key := range keys {
		if _, again := sl.found[key]; again {
			continue
		}
		sl.found[key] = struct{}{}
		if ambiguous(key) {
			w.pending = append(w.pending, &typing{key: key})
		} else {
			r := newReading(key)
			w.pending = append(w.pending, &r)
		}
	}
	return nil
}
