package tikv

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// regionTrouble takes something of a region away.
func regionTrouble() stack.Kind {
	type params struct {
		Region  uint64      `json:"region"`
		Trouble sim.Trouble `json:"trouble"`
	}
	return stack.Kind{
		Name:    "region_trouble",
		Summary: "a region has no leader, or too few good peers, and PD cannot help; Heal makes it whole",
		With: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["trouble"],"properties":{
			"region":{"type":"integer","minimum":1,"description":"its ID; left out, the first region's"},
			"trouble":{"enum":["no-leader","miss-peer","pending-peer","down-peer"],"description":"what it suffers from"}}}`),
		New: newOwn(params{}, func(s *Stack, p params) (*own, error) {
			if p.Region == 0 {
				p.Region = uint64(len(s.cluster.Stores())) + 4
			}
			impact := fault.Impact{
				Breaks: []fault.Mark{{Invariant: "under_replicated", Entity: string(p.Trouble)}},
				// Whoever misses a peer for a while may be given another one.
				May:   marks("under_replicated"),
				Delay: 2 * heartbeat,
			}
			if p.Trouble == sim.TroubleNoLeader {
				impact.Breaks = marks("region_without_leader")
			}
			return &own{
				name:   fmt.Sprintf("%s of region %d", p.Trouble, p.Region),
				impact: impact,
				inject: func(ctx context.Context) error { return s.cluster.Trouble(ctx, p.Region, p.Trouble) },
				heal:   func(ctx context.Context) error { return s.cluster.Trouble(ctx, p.Region, sim.Healthy) },
			}, nil
		}),
	}
}
