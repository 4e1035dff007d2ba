package plugin

import (
	"context"
	"sync"
)

// turns let one answer of a plugin be in memory that has not been checked,
// however many calls are under way. A call that is not answered yet holds up no
// other. The zero value is ready.
type turns struct {
	once sync.Once
	slot chan struct{} // has one entry while somebody has the turn
}

// next returns a turn that is not taken yet.
func (t *turns) next() *turn {
	t.once.Do(func() { t.slot = make(chan struct{}, 1) })
	return &turn{slot: t.slot}
}

// A turn is one call's. It is for one goroutine.
type turn struct {
	slot  chan struct{}
	taken bool
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
