package ratelimiter

import (
	"context"
	"encoding/json"

	"github.com/operator-ratelimiter/operator-ratelimiter/subject/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// Options say what the system is made of.
type Options struct {
	// NodeBinary is the path of ratelimiterd; "" is what [cluster.FindNode] finds.
	NodeBinary string
}

// System is the rate limiter as scenarios know it.
func System(o Options) stack.System {
	return stack.System{
		Name:       "ratelimiter",
		Summary:    "a distributed rate limiter: nodes, the Redis that they share, and a Prometheus",
		Topology:   json.RawMessage(topologySchema),
		LoadSchema: json.RawMessage(loadSchema),
		Kinds:      kinds(),
		Definition: ratelimiter.Definition,
		Plugin:     "operator-subject-ratelimiter",
		Layout:     layout,
		Start: func(ctx context.Context, so stack.Options) (stack.Stack, error) {
			s, err := start(ctx, o, so)
			if err != nil {
				return nil, err
			}
			return s, nil
		},
		Random: random(),
	}
}
