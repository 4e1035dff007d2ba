package bugs

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// pingErrorSwallowed: the error of the ping goes nowhere, and what is said of
// Redis is what is said when there is none.
func pingErrorSwallowed() Bug {
	const (
		name         = "ping_error_swallowed"
		disconnected = "redis_disconnected"
	)
	return Bug{
		Name:     name,
		Summary:  "The error of a ping is dropped, and Redis counts as connected.",
		CaughtBy: "faults_are_noticed",
		System:   rateLimiter,
		Scenario: story(rateLimiter, name, "Redis is gone and answers no ping.", hurt("kill", "redis", patience)...),
		Wrap: func(s protocol.Subject, def protocol.Definition, _ stack.Stack) protocol.Subject {
			return &wrapped{right: s, def: def, observe: func(ctx context.Context) (protocol.Observation, error) {
				o, err := s.Observe(ctx)
				o.Violations = keepViolations(o.Violations, func(v protocol.Violation) bool { return v.Invariant != disconnected })
				o.Unchecked = keepUnchecked(o.Unchecked, func(u protocol.Unchecked) bool { return u.Invariant != disconnected })
				return o, err
			}}
		},
	}
}
