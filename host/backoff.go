package host

import "time"

// The delays between attempts to start a plugin that keeps dying.
const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 30 * time.Second
)

// A backoff says when to try again: each delay is twice the last, from
// firstBackoff to maxBackoff. The zero value allows a try at once.
type backoff struct {
	delay time.Duration
	next  time.Time
}

// ready tells whether it is time to try.
func (b *backoff) ready(now time.Time) bool { return !now.Before(b.next) }

// tried records an attempt, whatever came of it: a process that starts and dies
// is no better than one that does not start.
func (b *backoff) tried(now time.Time) {
	b.delay = min(max(firstBackoff, 2*b.delay), maxBackoff)
	b.next = now.Add(b.delay)
}

// reset is for when it has worked.
func (b *backoff) reset() { *b = backoff{} }
