package processfault

import (
	"context"
	"encoding/json"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func hangKind() stack.Kind {
	return stack.Kind{
		Name:    "hang",
		Summary: "Stops the process without ending it (SIGSTOP): connections are accepted by its kernel, and nobody answers. Heal lets it go on.",
		On:      stack.OnPart,
		New: func(s stack.Stack, on string, with json.RawMessage) (fault.Fault, error) {
			return newPlain(s, "hang", on, with, stoppable, func(p stack.Part) (fault.Hurt, error) {
				return fault.Hurt{
					Inject: func(context.Context) error { return p.Hang() },
					Heal: func(context.Context) error {
						if p.State() != process.Hung {
							return nil
						}
						return p.Resume()
					},
				}, nil
			})
		},
	}
}
