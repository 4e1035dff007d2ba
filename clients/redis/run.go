package redis

import (
	"sync"
	"time"
)

// run is one step of a [Sweeper] under way: its bounds, and what it has found.
// Chains share it.
type run struct {
	window time.Duration
	began  time.Time
	until  time.Time

	mu       sync.Mutex // guards what follows, and the borders and sizes of members
	visit    func(Counter)
	progress Progress
	watch    *watch
	passed   int64 // counters of the pass
}

// late reports whether the step's time is up.
func (r *run) late() bool { return time.Now().After(r.until) }

func (r *run) size(m *member, n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m.total = new(n)
}

// sweep takes what a pass has read. What has gone since it was found was not
// there all the time, and is nobody's business.
func (r *run) sweep(counters []Counter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range counters {
		if c := &counters[i]; c.Present || c.Err != nil {
			r.progress.Visited.Swept++
			r.passed++
			r.hand(c)
		}
	}
}

// take returns a function that takes what was read for a reason that is counted
// in n.
func (r *run) take(n *int) func([]Counter) {
	return func(counters []Counter) {
		r.mu.Lock()
		defer r.mu.Unlock()
		for i := range counters {
			*n++
			r.hand(&counters[i])
		}
	}
}

func (r *run) hand(c *Counter) {
	r.watch.seen(c)
	r.visit(*c)
}

// border is what chains know of the places where their parts meet. SCAN walks on
// over the end of a part until its page is full.
type border struct {
	next, before *chain
	first        []string // of the part, its first page
	last         []string // the page that ended the part, if the next had no first yet
}

// cross takes a page of a chain, and returns the keys on it that the neighbour
// has, or will have, visited.
func (r *run) cross(ch *chain, page []string) (twice map[string]bool) {
	at := &ch.border
	if ch.begun && !ch.atEnd || at.next == nil && at.before == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	twice = make(map[string]bool)
	if !ch.begun {
		at.first = page
		if at.before != nil {
			mark(twice, at.before.border.last)
		}
	}
	switch next := at.next; {
	case !ch.atEnd || next == nil:
	case next.border.first != nil:
		mark(twice, next.border.first)
	default:
		at.last = page
	}
	return twice
}

func mark(set map[string]bool, keys []string) {
	for _, key := range keys {
		set[key] = true
	}
}
