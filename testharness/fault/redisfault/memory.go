package redisfault

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// outOfMemory leaves Redis a byte of memory and forbids it to evict anything.
func outOfMemory() stack.Kind {
	return kind("redis_out_of_memory",
		"Redis has used all the memory that it may, and evicts nothing: reads work, writes that need memory fail; healing gives it back its limit.",
		stack.OnNothing, "",
		func(t Target, _ string, _ none) (fault.Fault, error) {
			before := configs{}
			return made(hurt{
				name:   "let redis run out of memory",
				impact: cannotWrite(t),
				inject: func(ctx context.Context) error {
					return each(t.Redis().Nodes(), func(n *redisset.Node) error {
						return before.set(ctx, n, map[string]string{"maxmemory": "1", "maxmemory-policy": "noeviction"})
					})
				},
				heal: before.restore,
			}), nil
		})
}
