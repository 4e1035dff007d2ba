package bugs

import (
	"context"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// disconnectedStoreIsFine: PD calls a store Down only after half an hour, and
// Disconnected until then, which is not Down.
func disconnectedStoreIsFine() Bug {
	const name = "disconnected_store_is_fine"
	return Bug{
		Name:     name,
		Summary:  "A store counts as down when PD says Down, and not while it says Disconnected.",
		CaughtBy: "faults_are_noticed",
		System:   tiKV,
		// PD waits for some heartbeats before it says anything.
		Scenario: story(tiKV, name, "A store dies.", hurt("kill", "tikv-2", patience+6*time.Second)...),
		Wrap: func(s protocol.Subject, def protocol.Definition, _ stack.Stack) protocol.Subject {
			return &wrapped{right: s, def: def, observe: func(ctx context.Context) (protocol.Observation, error) {
				o, err := s.Observe(ctx)
				o.Violations = keepViolations(o.Violations, func(v protocol.Violation) bool {
					return v.Invariant != "store_down" || !strings.Contains(v.Message, "Disconnected")
				})
				return o, err
			}}
		},
	}
}
