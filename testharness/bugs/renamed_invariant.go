package bugs

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// renamedInvariant: the code calls an invariant by one name and the definition by
// another, so that nobody knows the alarm and nobody closes it.
func renamedInvariant() Bug {
	const name = "renamed_invariant"
	return Bug{
		Name:     name,
		Summary:  "A violation is reported under a name that the definition does not have.",
		CaughtBy: "says_what_it_declares",
		System:   rateLimiter,
		Scenario: story(rateLimiter, name, "Redis is gone.", hurt("kill", "redis", patience)...),
		Wrap: func(s protocol.Subject, def protocol.Definition, _ stack.Stack) protocol.Subject {
			return &wrapped{right: s, def: def, observe: func(ctx context.Context) (protocol.Observation, error) {
				o, err := s.Observe(ctx)
				o.Violations = keepViolations(o.Violations, func(protocol.Violation) bool { return true })
				for i := range o.Violations {
					if o.Violations[i].Invariant == "redis_disconnected" {
						o.Violations[i].Invariant = "redis_down"
					}
				}
				return o, err
			}}
		},
	}
}
