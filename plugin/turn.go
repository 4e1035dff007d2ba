package plugin

import (
	"context"
	"sync"
	"sync/atomic"
)

// turns let one answer of a plugin be in memory that has not been checked, and
// one more as it came, of the call that has the shortcut, however many calls are
// under way. A call that is not answered yet holds up no other. The zero value is
// ready.
type turns struct {
	once     sync.Once
	slot     chan struct{} // has one entry while somebody has the turn
	shortcut atomic.Bool   // whether somebody has it
}

// next returns a turn that is not taken yet.
func (t *turns) next() *turn {
	t.once.Do(func() { t.slot = make(chan struct{}, 1) })
	return &turn{slot: t.slot, shortcut: &t.shortcut}
}

// A turn is one call's. It is for one goroutine.
type turn struct {
	slot     chan struct{}
	shortcut *atomic.Bool
	taken    bool
}

// turnKey is the key of a call's turn in its context.
type turnKey struct{}

// take waits for the turn, if it is not taken already.
func (t *turn) take(ctx context.Context) error {
	if t.taken {
		return nil
	}
	select {
	case t.slot <- struct{}{}:
		t.taken = true
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// end gives the turn to the next one.
func (t *turn) end() {
	if t.taken {
		t.taken = false
		<-t.slot
	}
}

// shorten reports whether the call has the shortcut: whether its answer may be
// received before its turn. One call has it at a time, until its endShortcut.
func (t *turn) shorten() bool { return t.shortcut.CompareAndSwap(false, true) }

// endShortcut leaves the shortcut to another call.
func (t *turn) endShortcut() { t.shortcut.Store(false) }
