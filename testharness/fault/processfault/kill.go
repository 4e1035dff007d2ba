package processfault

import (
	"context"
	"encoding/json"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func killKind() stack.Kind {
	return stack.Kind{
		Name:    "kill",
		Summary: "Ends the process without a word (SIGKILL). Heal starts it again on the same address and waits until it serves.",
		On:      stack.OnPart,
		New: func(s stack.Stack, on string, with json.RawMessage) (fault.Fault, error) {
			return newPlain(s, "kill", on, with, nil, func(p stack.Part) (fault.Hurt, error) {
				return fault.Hurt{
					Inject: func(context.Context) error { return p.Kill() },
					Heal:   func(ctx context.Context) error { return revive(ctx, p) },
				}, nil
			})
		},
	}
}

// revive starts what has ended.
func revive(ctx context.Context, p stack.Part) error {
	if p.State() != process.Exited {
		return nil
	}
	return p.Restart(ctx)
}
