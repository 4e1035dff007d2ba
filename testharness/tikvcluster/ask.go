package tikvcluster

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/ask"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/api"
)

// AskPD makes one request to PD itself, beside whatever is being tested. The
// path is one below that of its API, such as "/stores". The body is sent as
// JSON, and the answer decoded into v, where they are not nil. An answer of
// another status than 200 is an error.
func (c *Cluster) AskPD(ctx context.Context, method, path string, body, v any) error {
	return ask.Send(ctx, method, c.pd.URL()+api.Prefix+path, body, v)
}
