package bugs

import (
	"context"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// failedObservationIsHealthy: what could not be read has no violations, and no
// violations is healthy. It is the mistake that the contract was made against: a
// database that is down closes every incident there is.
func failedObservationIsHealthy() Bug {
	const name = "failed_observation_is_healthy"
	return Bug{
		Name:     name,
		Summary:  "An observation that failed is taken for one that found nothing wrong.",
		CaughtBy: "held_was_read",
		System:   rateLimiter,
		Scenario: story(rateLimiter, name, "Redis is gone, and with it every counter.", hurt("kill", "redis", patience)...),
		Wrap: func(s protocol.Subject, def protocol.Definition, _ stack.Stack) protocol.Subject {
			return &wrapped{right: s, def: def, observe: func(ctx context.Context) (protocol.Observation, error) {
				began := time.Now().UTC()
				o, err := s.Observe(ctx)
				if err == nil && !failed(o) {
					return o, nil
				}
				if err != nil {
					o = protocol.Observation{Time: began, Sources: []protocol.Source{{Name: "all", Class: protocol.SourceUnreachable}}}
				}
				o.Summary, o.Violations, o.Unchecked = "nothing is wrong", nil, nil
				return o, nil
			}}
		},
	}
}
