package redisfault

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

type skewParams struct {
	Offset string `json:"offset"`
}

// clockSkew restarts a node with a clock that is wrong. It then disagrees with the
// others about which requests are still in their window.
func clockSkew() stack.Kind {
	return kind("clock_skew",
		"A node is restarted with a clock that is wrong by an offset, by default 30 s ahead; healing restarts it with the right one.",
		stack.OnPart, `{"type":"object","properties":{"offset":{"type":"string","pattern":"^-?([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$","default":"30s","description":"how far its clock is ahead, negative where it is behind: a Go duration"}},"additionalProperties":false}`,
		func(t Target, on string, p skewParams) (fault.Fault, error) {
			offset, err := time.ParseDuration(orElse(p.Offset, "30s"))
			if err != nil {
				return nil, fmt.Errorf("with.offset: %w", err)
			}
			if !slices.Contains(t.NodeNames(), on) {
				return nil, fmt.Errorf("on: %q is no node: want one of %q", on, t.NodeNames())
			}
			may := []fault.Mark{
				// While it is restarted.
				{Invariant: nodeUnreachable, Entity: on},
				{Invariant: nodeDown, Entity: on},
				// It counts by another window than Redis's own clock says.
				{Invariant: counterDrift},
				{Invariant: ghostAllowing},
			}
			if len(t.NodeNames()) == 1 {
				may = append(may, fault.Mark{Invariant: managementUnavailable})
			}
			return made(hurt{
				name:   fmt.Sprintf("set the clock of %s wrong by %s", on, offset),
				impact: fault.Impact{May: may},
				inject: func(ctx context.Context) error { return t.RestartNode(ctx, on, "--clock-offset="+offset.String()) },
				heal:   func(ctx context.Context) error { return t.RestartNode(ctx, on) },
			}), nil
		})
}
