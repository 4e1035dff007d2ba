package bugs

import (
	"context"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// alarmForEver: what was broken once is remembered, and nobody forgets it when it
// is held again.
func alarmForEver() Bug {
	const name = "alarm_for_ever"
	return Bug{
		Name:     name,
		Summary:  "A violation is reported for ever after it was seen once.",
		CaughtBy: "everything_returns",
		System:   rateLimiter,
		Scenario: story(rateLimiter, name, "Redis is gone, and comes back.", hurt("kill", "redis", patience)...),
		Wrap: func(s protocol.Subject, def protocol.Definition, _ stack.Stack) protocol.Subject {
			type place struct{ invariant, entity string }
			var mu sync.Mutex
			seen := make(map[place]protocol.Violation)
			return &wrapped{right: s, def: def, observe: func(ctx context.Context) (protocol.Observation, error) {
				o, err := s.Observe(ctx)
				if err != nil {
					return o, err
				}
				mu.Lock()
				defer mu.Unlock()
				now := make(map[place]bool, len(o.Violations))
				for _, v := range o.Violations {
					seen[place{v.Invariant, v.Entity}], now[place{v.Invariant, v.Entity}] = v, true
				}
				o.Violations = keepViolations(o.Violations, func(protocol.Violation) bool { return true })
				for p, v := range seen {
					if !now[p] {
						o.Violations = append(o.Violations, v)
					}
				}
				return o, nil
			}}
		},
	}
}
