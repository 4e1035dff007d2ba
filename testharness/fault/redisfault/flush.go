package redisfault

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// maxLimits bounds the own limits that are kept for the healing.
const maxLimits = 100_000

// flush removes all that Redis holds. Nodes register again with their next
// heartbeat, counters begin anew, and own limits would be lost for good, so these
// are put back.
func flush() stack.Kind {
	return kind("redis_flush",
		"All data in Redis is removed, once; healing puts back the limits that keys had of their own.",
		stack.OnNothing, "",
		func(t Target, _ string, _ none) (fault.Fault, error) {
			var limits []value
			return made(hurt{
				name: "flush redis",
				// Between two heartbeats no node is registered, and an observation
				// that begins then says so. Some counts are of before, some of after.
				impact: fault.Impact{May: append(nodesDown(t),
					fault.Mark{Invariant: counterDrift}, fault.Mark{Invariant: ghostAllowing}, fault.Mark{Invariant: overLimit})},
				inject: func(ctx context.Context) error {
					limits = nil
					masters, err := t.Redis().Masters(ctx)
					if err != nil {
						return err
					}
					return each(masters, func(n *redisset.Node) error {
						saved, err := ownLimits(ctx, n.Admin())
						limits = append(limits, saved...)
						if err != nil {
							return err
						}
						return n.Admin().FlushAll(ctx).Err()
					})
				},
				heal: func(ctx context.Context) error {
					all := make([]error, len(limits))
					for i, v := range limits {
						all[i] = v.restore(ctx, t.Redis().Admin())
					}
					return errors.Join(all...)
				},
			}), nil
		})
}

// ownLimits saves the limits that keys have of their own on one server.
func ownLimits(ctx context.Context, client *redis.Client) ([]value, error) {
	var saved []value
	names := client.ScanType(ctx, 0, limitPrefix+"*", 1000, "hash").Iterator()
	for names.Next(ctx) && len(saved) < maxLimits {
		v, err := save(ctx, client, names.Val())
		if err != nil {
			return saved, err
		}
		saved = append(saved, v)
	}
	if err := names.Err(); err != nil {
		return saved, fmt.Errorf("find the limits: %w", err)
	}
	return saved, nil
}
