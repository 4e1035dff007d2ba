package redisfault

import (
	"context"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// registryVanished removes a node's registration and keeps it away: in its place
// is a value of another type, which the node's heartbeats cannot overwrite and a
// list of registrations passes over.
func registryVanished() stack.Kind {
	k := kind("registry_vanished",
		"A node's registration is removed and kept away while the node lives; healing lets it register again.",
		stack.OnPart, "",
		func(t Target, on string, _ none) (fault.Fault, error) {
			if !slices.Contains(t.NodeNames(), on) {
				return nil, fmt.Errorf("on: %q is no node: want one of %q", on, t.NodeNames())
			}
			client := t.Redis().Admin()
			name := nodePrefix + on
			return made(hurt{
				name:   "remove the registration of " + on,
				impact: fault.Impact{Breaks: []fault.Mark{{Invariant: nodeDown, Entity: on}}},
				inject: func(ctx context.Context) error {
					_, err := client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
						pipe.Del(ctx, name)
						pipe.Set(ctx, name, "vanished", 0)
						return nil
					})
					return err
				},
				heal: func(ctx context.Context) error {
					// The node may have been killed meanwhile: it is not waited for.
					held, err := client.Type(ctx, name).Result()
					if err != nil || held != "string" {
						return err
					}
					return client.Del(ctx, name).Err()
				},
			}), nil
		})
	k.Needs = []string{"redis"}
	return k
}
