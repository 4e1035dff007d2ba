package plugin

import "time"

// How much of a plugin's log is taken over: a rate that can last, in lines per
// second, and how many may come at once. A line counts as one for every KiB
// that it has.
const (
	sustainedLines = 500
	burstLines     = 2000
)

// A throttle counts lines. Once there have been too many, none passes until a
// second's worth may: what is dropped is dropped in one piece.
type throttle struct {
	now      func() time.Time
	last     time.Time
	room     float64 // lines that may come now
	dropping bool
	dropped  int
}

func newThrottle(now func() time.Time) throttle {
	return throttle{now: now, last: now(), room: burstLines}
}

// open reports whether a line may pass, and counts one that may not.
func (t *throttle) open() bool {
	now := t.now()
	t.room = min(t.room+max(now.Sub(t.last).Seconds(), 0)*sustainedLines, burstLines)
	t.last = now
	if t.dropping {
		t.dropping = t.room < sustainedLines
	} else {
		t.dropping = t.room < 1
	}
	if t.dropping {
		t.dropped++
	}
	return !t.dropping
}

// spend counts a line of a size in bytes that has passed.
func (t *throttle) spend(size int) { t.room -= 1 + float64(size/1024) }

// takeDropped returns how many lines have been dropped since it was last asked.
func (t *throttle) takeDropped() int {
	n := t.dropped
	t.dropped = 0
	return n
}
