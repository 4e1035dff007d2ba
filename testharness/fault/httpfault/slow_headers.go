package httpfault

import (
	"context"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

type slowHeadersParams struct {
	where
	Delay kit.Duration `json:"delay"`
}

func (p *slowHeadersParams) check() error {
	if err := p.Delay.Within("delay", time.Millisecond, 10*time.Minute); err != nil {
		return err
	}
	return p.where.check()
}

func slowHeadersKind() stack.Kind {
	return kind("http_slow_headers",
		"Lets status line and header of the server's answers trickle in over a time; the body follows at once.",
		schema(`"delay": {"description": "How long it takes until the header is complete, from 1ms to 10m.", `+kit.DurationSchema+`, "default": "30s"}`),
		func() *slowHeadersParams { return &slowHeadersParams{Delay: kit.Duration{D: 30 * time.Second}} },
		func(p *slowHeadersParams) kit.Answer {
			return func(ctx context.Context, x *network.Exchange) network.After {
				reply, err := x.Forward()
				if err != nil {
					return network.Break
				}
				if err := drip(ctx, x, reply.Head(int64(len(reply.Body))), p.Delay.D); err != nil {
					return network.HangUp
				}
				_, err = x.Write(reply.Body)
				return kit.Sent(err)
			}
		})
}
