package fault

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// A Hurt is what is done to one thing.
type Hurt struct {
	// Inject and Heal are those of [Fault], but Heal is called after Inject only,
	// whatever became of that, and again only where it failed.
	Inject, Heal func(ctx context.Context) error
}

// made does hurts to several things at a time, as one fault.
type made struct {
	name      string
	impact    func() Impact
	available func() error
	hurts     []Hurt
	pending   []bool // injected and not healed
}

// New makes a fault that does hurts, all at a time, and remembers which are there.
// available may be nil, which is everywhere.
func New(name string, impact func() Impact, available func() error, hurts ...Hurt) Fault {
	return &made{name: name, impact: impact, available: available, hurts: hurts, pending: make([]bool, len(hurts))}
}

// Name implements [Fault].
func (f *made) Name() string { return f.name }

// Available implements [Fault].
func (f *made) Available() error {
	if f.available == nil {
		return nil
	}
	if err := f.available(); err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	return nil
}

// Impact implements [Fault].
func (f *made) Impact() Impact { return f.impact() }

// Inject implements [Fault]: every part is hurt, whatever becomes of the
// others.
func (f *made) Inject(ctx context.Context) error {
	if err := f.Available(); err != nil {
		return err
	}
	return f.each(func(i int) error {
		if f.pending[i] {
			return nil // it is hurt already
		}
		f.pending[i] = true
		return f.hurts[i].Inject(ctx)
	}, "inject")
}

// Heal implements [Fault]: every part that was hurt is healed, whatever
// becomes of the others. What could not be healed can be tried again.
func (f *made) Heal(ctx context.Context) error {
	return f.each(func(i int) error {
		if !f.pending[i] {
			return nil
		}
		err := f.hurts[i].Heal(ctx)
		f.pending[i] = err != nil
		return err
	}, "heal")
}

// each does it to all parts at a time: five nodes start in the time of one.
func (f *made) each(do func(i int) error, what string) error {
	failed := make([]error, len(f.hurts))
	var doing sync.WaitGroup
	for i := range f.hurts {
		doing.Go(func() { failed[i] = do(i) })
	}
	doing.Wait()
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("%s: %s: %w", what, f.name, err)
	}
	return nil
}
