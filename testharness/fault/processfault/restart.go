package processfault

import (
	"context"
	"encoding/json"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func restartKind() stack.Kind {
	return stack.Kind{
		Name:    "restart",
		Summary: "Ends the process (SIGKILL) and starts it again at once on the same address. Heal waits until it serves.",
		On:      stack.OnPart,
		New: func(s stack.Stack, on string, with json.RawMessage) (fault.Fault, error) {
			return newPlain(s, "restart", on, with, nil, func(p stack.Part) (fault.Hurt, error) {
				return fault.Hurt{
					Inject: func(ctx context.Context) error { return again(ctx, p) },
					Heal:   func(ctx context.Context) error { return awaitReady(ctx, p) },
				}, nil
			})
		},
	}
}

// again starts the part once more, and where it can do that without waiting
// until the part serves, it does not wait.
func again(ctx context.Context, p stack.Part) error {
	starter, ok := p.(stack.Starter)
	if !ok || stoppable() != nil {
		return p.Restart(ctx)
	}
	if err := starter.StartHung(ctx); err != nil {
		return err
	}
	return starter.Resume()
}

// awaitReady returns when the part serves, after a start that may have failed.
func awaitReady(ctx context.Context, p stack.Part) error {
	starter, ok := p.(stack.Starter)
	if !ok || p.State() == process.Exited {
		return revive(ctx, p)
	}
	return starter.AwaitReady(ctx)
}
