package kit

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
)

// A Hurt is a fault of one thing.
type Hurt struct {
	// Inject and Heal are those of [fault.Fault], but Heal is called after Inject
	// only, and again only where it failed.
	Inject, Heal func(ctx context.Context) error
}

// Fault does the same to several things at a time, as one fault.
type Fault struct {
	name      string
	impact    func() fault.Impact
	available func() error
	hurts     []Hurt
	pending   []bool // injected and not healed
}

// NewFault makes a fault of its parts. available may be nil.
func NewFault(name string, impact func() fault.Impact, available func() error, hurts []Hurt) *Fault {
	return &Fault{name: name, impact: impact, available: available, hurts: hurts, pending: make([]bool, len(hurts))}
}

// Name implements [fault.Fault].
func (f *Fault) Name() string { return f.name }

// Available implements [fault.Fault].
func (f *Fault) Available() error {
	if f.available == nil {
		return nil
	}
	if err := f.available(); err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	return nil
}

// Impact implements [fault.Fault].
func (f *Fault) Impact() fault.Impact { return f.impact() }

// Inject implements [fault.Fault]: every part is hurt, whatever becomes of the
// others.
func (f *Fault) Inject(ctx context.Context) error {
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

// Heal implements [fault.Fault]: every part that was hurt is healed, whatever
// becomes of the others. What could not be healed can be tried again.
func (f *Fault) Heal(ctx context.Context) error {
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
func (f *Fault) each(do func(i int) error, what string) error {
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
