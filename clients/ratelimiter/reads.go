package ratelimiter

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/endpoints"
)

// The longest answers to calls that no key makes longer, in bytes: several are
// read at the same time, and one that is wrong should not cost what a list of
// keys may.
const (
	maxNodes = 4 << 20  // some 20,000 nodes
	maxFew   = 64 << 10 // a few names and numbers
)

// Nodes lists the registered nodes, in the service's order.
func (c *Client) Nodes(ctx context.Context) ([]Node, error) {
	return endpoints.Ask(ctx, c.group, read("/api/nodes", endpoints.Short(maxNodes, decodeNodes)))
}

// Limits returns the limit and window of keys that have none of their own.
func (c *Client) Limits(ctx context.Context) (Limits, error) {
	return endpoints.Ask(ctx, c.group, read("/api/limits", endpoints.Short(maxFew, decodeLimits)))
}

// Blocks lists the keys that are refused now. The recorded service fails it,
// with a 500 and while all else works, as soon as one key has its own limit.
func (c *Client) Blocks(ctx context.Context) ([]Block, error) {
	return ask(ctx, c, "/api/blocks", decodeBlocks)
}
