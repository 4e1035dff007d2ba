package httpfault

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func resetKind() stack.Kind {
	return kind("http_reset",
		"Breaks the connection (RST) in the middle of every answer; the server has done what it was asked to.",
		schema(), func() *where { return &where{} },
		func(*where) kit.Answer {
			return func(_ context.Context, x *network.Exchange) network.After {
				if reply, err := x.Forward(); err == nil {
					_, _ = x.Write(half(reply, "length")) // the connection breaks in any case
				}
				return network.Break
			}
		})
}
