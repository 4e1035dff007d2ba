package cluster

import (
	"context"
	"fmt"
)

// Operator is what whoever looks at the cluster is called in a [Wire].
const Operator = "operator"

// A Wire leads the connections of one part to another through something of the
// caller's. It is given the names of both ("node-1", "redis", "prometheus",
// [Operator]) and the address where the other listens, and returns the one to be
// dialled in its place. What leads from the operator to a node is the address
// that the node registers.
//
// It is called from several goroutines, and again for the same connection where
// a server has to try another address before it has started.
type Wire func(ctx context.Context, from, to, address string) (string, error)

func (c *Cluster) wire(ctx context.Context, from, to, address string) (string, error) {
	if c.options.Wire == nil {
		return address, nil
	}
	wired, err := c.options.Wire(ctx, from, to, address)
	if err != nil {
		return "", fmt.Errorf("wire %s to %s: %w", from, to, err)
	}
	return wired, nil
}
