package bugs

import (
	"context"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// deadNodeDropped: the nodes that there are are those that the registry lists. A
// node that died is soon not among them, and nothing is wrong with a node that
// there is not.
func deadNodeDropped() Bug {
	const name = "dead_node_dropped"
	return Bug{
		Name:     name,
		Summary:  "A node that is gone from the registry is forgotten, and so is what was wrong with it.",
		CaughtBy: "faults_are_noticed",
		System:   rateLimiter,
		// A registration lives for some seconds after its node.
		Scenario: story(rateLimiter, name, "A node dies, and its registration expires.", hurt("kill", "node-2", patience+6*time.Second)...),
		Wrap: func(s protocol.Subject, def protocol.Definition, st stack.Stack) protocol.Subject {
			api := managementOf(st)
			return &wrapped{
				right: s, def: def,
				observe: func(ctx context.Context) (protocol.Observation, error) {
					o, err := s.Observe(ctx)
					nodes, listErr := listNodes(ctx, api)
					if err != nil || listErr != nil {
						return o, err
					}
					gone := func(invariant, entity string) bool {
						inv, _ := def.Invariant(invariant)
						return inv.Entity == "node" && entity != "" && !nodes[entity]
					}
					o.Violations = keepViolations(o.Violations, func(v protocol.Violation) bool { return !gone(v.Invariant, v.Entity) })
					o.Unchecked = keepUnchecked(o.Unchecked, func(u protocol.Unchecked) bool { return !gone(u.Invariant, u.Entity) })
					return o, nil
				},
				close: func() error { api.Close(); return nil },
			}
		},
	}
}

func listNodes(ctx context.Context, api *ratelimiter.Client) (map[string]bool, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	listed, err := api.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	nodes := make(map[string]bool, len(listed))
	for _, n := range listed {
		nodes[n.ID] = true
	}
	return nodes, nil
}
