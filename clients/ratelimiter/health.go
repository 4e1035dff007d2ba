package ratelimiter

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/endpoints"
)

// Health asks one node, and no other, for its health. The address is a node's
// host:port as registered (asked over http), an http or https URL with nothing
// but a host and an optional port, or one of [Options.BaseURLs] as it was
// configured, with its prefix and credentials.
//
// Registered addresses are whatever someone wrote into the registry. Anything
// in them that could lead elsewhere than to a host's /health (a user, a path, a
// query, another scheme, a host that is neither a name nor an IP address) is an
// Invalid error, and no credentials are sent to them.
//
// An answer with any status but 2xx is an error with that status.
func (c *Client) Health(ctx context.Context, address string) (Health, error) {
	what := read("/health", endpoints.Short(maxFew, decodeHealth))
	e, problem := c.nodeEndpoint(address)
	if problem != "" {
		return Health{}, what.Request.Invalid("address: " + problem + ": " + failure.Quote(address))
	}
	return endpoints.AskOne(ctx, c.group, e, what)
}

func (c *Client) nodeEndpoint(address string) (e endpoints.Endpoint, problem string) {
	if e, ok := c.group.Configured(address); ok {
		return e, ""
	}
	return endpoints.ParseAddress(address)
}
