package ratelimiter

import "context"

// Nodes lists the registered nodes, in the service's order.
func (c *Client) Nodes(ctx context.Context) ([]Node, error) {
	return ask(ctx, c, "/api/nodes", decodeNodes)
}

// Counters lists the counters that the service knows, at most 100 of them, in
// the service's order.
func (c *Client) Counters(ctx context.Context) ([]Counter, error) {
	return ask(ctx, c, "/api/counters", decodeCounters)
}

// Limits returns the limit and window of keys that have none of their own.
func (c *Client) Limits(ctx context.Context) (Limits, error) {
	return ask(ctx, c, "/api/limits", decodeLimits)
}

// Blocks lists the keys that are refused now. The recorded service fails it,
// with a 500 and while all else works, as soon as one key has its own limit.
func (c *Client) Blocks(ctx context.Context) ([]Block, error) {
	return ask(ctx, c, "/api/blocks", decodeBlocks)
}
