package redisfault

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
)

// hurt says what a fault of this package is.
type hurt struct {
	name         string
	impact       fault.Impact
	available    func(ctx context.Context) error // nil: everywhere
	inject, heal func(ctx context.Context) error
}

// made makes the fault.
func made(h hurt) fault.Fault {
	available := func() error {
		if h.available == nil {
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), lookBound)
		defer cancel()
		return h.available(ctx)
	}
	return fault.New(h.name, func() fault.Impact { return h.impact }, available, fault.Hurt{Inject: h.inject, Heal: h.heal})
}
