package redisfault

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// clientsKilled cuts connections once. Whoever pools connections learns what
// becomes of a call on one that is dead.
func clientsKilled() stack.Kind {
	return kind("redis_clients_killed",
		"All connections of users to Redis are cut, once; there is nothing to heal.",
		stack.OnNothing, `{"type":"object","properties":{`+whoseProperty+`},"additionalProperties":false}`,
		func(t Target, _ string, w whose) (fault.Fault, error) {
			return made(hurt{
				name: "cut the connections to redis of " + w.text(),
				// A call that was under way has failed, and that is all.
				impact: fault.Impact{May: []fault.Mark{{Invariant: redisDisconnected}, {Invariant: highLatency}}},
				inject: func(ctx context.Context) error {
					return eachUser(t.Redis(), w, func(n *redisset.Node, u redisset.User) error { return killClients(ctx, n, u.Name) })
				},
				heal: func(context.Context) error { return nil },
			}), nil
		})
}
