package endpoints

import (
	"context"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

// Change sends a write. It moves on to the next endpoint only while nothing can
// have been sent; each but the last must leave its successors time to connect.
func Change[T any](ctx context.Context, g *Group, call Call[T]) (T, error) {
	ctx, cancel := g.bounded(ctx)
	defer cancel()

	var failures []*failure.Error
	order := g.order()
	for i, e := range order {
		r := changeAt(ctx, g, e, len(order)-i, call)
		if r.err == nil {
			g.answered(order, e)
			return r.value, nil
		}
		if !r.final || e.index < 0 { // a refusal is an answer, if it is the service's
			g.lead.failed(e, r.err)
		}
		if r.err.Sent {
			return *new(T), r.err
		}
		if failures = append(failures, r.err); ctx.Err() != nil {
			break
		}
	}
	return *new(T), failure.OfEndpoints(failures)
}

// changeAt sends a write to one endpoint, and bounds connecting to it to its
// share of the time left: one for each endpoint still to try, and one for the
// answer.
func changeAt[T any](ctx context.Context, g *Group, e Endpoint, left int, call Call[T]) result[T] {
	if deadline, ok := ctx.Deadline(); ok {
		share, release := httpapi.ConnectWithin(ctx, time.Until(deadline)/time.Duration(left+1))
		defer release()
		ctx = share
	}
	return attempt(ctx, g, g.writes, e, call)
}
