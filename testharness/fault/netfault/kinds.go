package netfault

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// Kinds are the faults of connections.
func Kinds() []stack.Kind {
	return []stack.Kind{
		latencyKind(), bandwidthKind(), resetKind(), halfOpenKind(), blackHoleKind(), partitionKind(), refuseKind(),
	}
}

// newFault makes a fault that puts a toxic on all links that on matches.
func newFault(s stack.Stack, kind, on string, with json.RawMessage, toxic network.Toxic) (fault.Fault, error) {
	links, err := kit.Links(s, on, false)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	hurts := make([]fault.Hurt, len(links))
	for i, l := range links {
		// A name of its own, for the same kind may be on a link twice.
		toxic.Name = kit.UniqueName(kind)
		mine := toxic
		hurts[i] = fault.Hurt{
			Inject: func(ctx context.Context) error { return l.Add(ctx, mine) },
			Heal:   func(ctx context.Context) error { return l.Remove(ctx, mine.Name) },
		}
	}
	impact := func() fault.Impact { return s.Impact(kind, on, with) }
	return fault.New(kind+" "+on, impact, nil, hurts...), nil
}

// plain is a kind without parameters.
func plain(kind, summary string, toxic network.Toxic) stack.Kind {
	return stack.Kind{
		Name: kind, Summary: summary, On: stack.OnLink,
		New: func(s stack.Stack, on string, with json.RawMessage) (fault.Fault, error) {
			if err := kit.Decode(with, &struct{}{}); err != nil {
				return nil, fmt.Errorf("%s: %w", kind, err)
			}
			return newFault(s, kind, on, with, toxic)
		},
	}
}
