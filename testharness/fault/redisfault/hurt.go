package redisfault

import (
	"context"
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
)

// hurt is a fault made of functions. It remembers whether it was injected, so
// that inject and heal need not: heal is called once after inject, whatever
// became of that, and again only where it failed.
type hurt struct {
	name      string
	impact    fault.Impact
	available func(ctx context.Context) error // nil: everywhere
	inject    func(ctx context.Context) error
	heal      func(ctx context.Context) error

	injected bool
}

// Name implements [fault.Fault].
func (h *hurt) Name() string { return h.name }

// Impact implements [fault.Fault].
func (h *hurt) Impact() fault.Impact { return h.impact }

// Available implements [fault.Fault].
func (h *hurt) Available() error {
	if h.available == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookBound)
	defer cancel()
	return h.available(ctx)
}

// Inject implements [fault.Fault].
func (h *hurt) Inject(ctx context.Context) error {
	h.injected = true
	if err := h.inject(ctx); err != nil {
		return fmt.Errorf("%s: %w", h.name, err)
	}
	return nil
}

// Heal implements [fault.Fault].
func (h *hurt) Heal(ctx context.Context) error {
	if !h.injected {
		return nil
	}
	if err := h.heal(ctx); err != nil {
		return fmt.Errorf("heal %s: %w", h.name, err)
	}
	h.injected = false
	return nil
}

// onShapes is an availability: only these shapes have what is hurt.
func onShapes(set *redisset.Set, why string, shapes ...redisset.Shape) func(context.Context) error {
	return func(context.Context) error {
		for _, s := range shapes {
			if set.Shape() == s {
				return nil
			}
		}
		return fault.Unavailable("%s, and this Redis is of the shape %q: want one of %q", why, set.Shape(), shapes)
	}
}
