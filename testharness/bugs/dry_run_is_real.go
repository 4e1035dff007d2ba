package bugs

import (
	"context"
	"encoding/json"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// dryRunIsReal: the plan is made by carrying it out.
func dryRunIsReal() Bug {
	const name = "dry_run_is_real"
	return Bug{
		Name:     name,
		Summary:  "A dry run does what it was only to describe.",
		CaughtBy: "actions_touch_their_entity",
		System:   rateLimiter,
		Scenario: story(rateLimiter, name, "Somebody asks what resetting a counter would change.",
			scenario.Step{Wait: 4 * time.Second},
			scenario.Step{Act: &scenario.Act{
				Action: resetCounter, Params: json.RawMessage(`{"key":"user:1"}`), DryRun: true, Outcome: protocol.OutcomePlanned,
			}},
			scenario.Step{Wait: 2 * time.Second},
		),
		Wrap: func(s protocol.Subject, def protocol.Definition, _ stack.Stack) protocol.Subject {
			return &wrapped{right: s, def: def, act: func(ctx context.Context, action protocol.Action) (protocol.Outcome, error) {
				dry := action.DryRun
				if dry {
					action.DryRun, action.ID = false, protocol.NewActionID()
				}
				outcome, err := s.Act(ctx, action)
				if dry && err == nil {
					outcome.Status = protocol.OutcomePlanned
				}
				return outcome, err
			}}
		},
	}
}
