package endpoints

import (
	"context"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Ask reads from the endpoints in order of preference: the next is asked when
// one fails, or stays silent for the hedge delay. The first good answer wins.
// Every request has ended when Ask returns.
func Ask[T any](ctx context.Context, g *Group, call Call[T]) (T, error) {
	ctx, cancel := g.bounded(ctx)
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel() // before the wait: cancelled requests return at once

	order := g.order()
	results := make(chan result[T], len(order)) // no loser ever blocks on it
	asked := 0
	askNext := func() {
		from := order[asked]
		asked++
		asking.Go(func() { results <- attempt(ctx, g, g.reads, from, call) })
	}

	delay := spacing(ctx, g.hedgeDelay, len(order))
	silence := time.NewTimer(delay)
	defer silence.Stop()
	askNext()
	var failures []*failure.Error
	for len(failures) < asked {
		select {
		case r := <-results:
			if r.err == nil {
				g.answered(order, r.from)
				return r.value, nil
			}
			// One that is not configured has no word in what the answer is.
			if r.final && r.from.index >= 0 {
				return r.value, r.err
			}
			g.lead.failed(r.from, r.err)
			failures = append(failures, r.err)
		case <-silence.C:
		}
		if asked < len(order) && ctx.Err() == nil {
			askNext()
			silence.Reset(delay)
		}
	}
	return *new(T), failure.OfEndpoints(failures)
}

// AskOne reads from one endpoint and no other.
func AskOne[T any](ctx context.Context, g *Group, e Endpoint, call Call[T]) (T, error) {
	ctx, cancel := g.bounded(ctx)
	defer cancel()
	r := attempt(ctx, g, g.reads, e, call)
	if r.err != nil {
		return *new(T), r.err
	}
	return r.value, nil
}

// spacing is the hedge delay, shortened so that n endpoints are asked within
// the first half of the time that ctx leaves: a deadline must not pass before
// the one endpoint that is alive was asked.
func spacing(ctx context.Context, delay time.Duration, n int) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		delay = min(delay, time.Until(deadline)/time.Duration(2*n))
	}
	return max(delay, 0)
}
