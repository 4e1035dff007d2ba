package httpfault

import (
	"context"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

type slowBodyParams struct {
	where
	BytesPerSecond int `json:"bytes_per_second"`
}

func (p *slowBodyParams) check() error {
	if p.BytesPerSecond < 1 || p.BytesPerSecond > 1<<30 {
		return fmt.Errorf("with.bytes_per_second: %d: want 1 to %d", p.BytesPerSecond, 1<<30)
	}
	return p.where.check()
}

func slowBodyKind() stack.Kind {
	return kind("http_slow_body",
		"Sends the header of the server's answers at once and lets the body trickle in.",
		schema(fmt.Sprintf(`"bytes_per_second": {"description": "How fast.", "type": "integer", "minimum": 1, "maximum": %d, "default": 10}`, 1<<30)),
		func() *slowBodyParams { return &slowBodyParams{BytesPerSecond: 10} },
		func(p *slowBodyParams) kit.Answer {
			return func(ctx context.Context, x *network.Exchange) network.After {
				reply, err := x.Forward()
				if err != nil {
					return network.Break
				}
				if _, err := x.Write(reply.Head(int64(len(reply.Body)))); err != nil {
					return network.HangUp
				}
				over := time.Duration(float64(len(reply.Body)) / float64(p.BytesPerSecond) * float64(time.Second))
				return kit.Sent(drip(ctx, x, reply.Body, over))
			}
		})
}
