package redisfault

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// nobody is an address that nothing listens on: TCP port 1 is for a protocol that
// nobody speaks, and this user may not listen there.
const (
	nobodyHost = "127.0.0.1"
	nobodyPort = "1"
)

// readOnly makes the server a replica of a master that is not there: it goes on
// serving what it has and refuses every write. Since the master never answers, no
// data is lost.
func readOnly() stack.Kind {
	return kind("redis_read_only",
		"Redis becomes a replica of a master that cannot be reached: reads work, writes fail; healing makes it master again.",
		stack.OnNothing, "",
		func(t Target, _ string, _ none) (fault.Fault, error) {
			n := t.Redis().Nodes()[0]
			return made(hurt{
				name:      "make " + n.Name() + " read-only",
				impact:    cannotWrite(t),
				available: onShapes(t.Redis(), "redis_read_only"),
				inject:    func(ctx context.Context) error { return n.Admin().ReplicaOf(ctx, nobodyHost, nobodyPort).Err() },
				heal:      func(ctx context.Context) error { return n.Admin().ReplicaOf(ctx, "NO", "ONE").Err() },
			}), nil
		})
}
