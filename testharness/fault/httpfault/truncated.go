package httpfault

import (
	"context"
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

type truncatedParams struct {
	where
	Framing string `json:"framing"`
}

func (p *truncatedParams) check() error {
	if p.Framing != "length" && p.Framing != "chunked" && p.Framing != "none" {
		return fmt.Errorf("with.framing: %q: want length, chunked or none", p.Framing)
	}
	return p.where.check()
}

func truncatedKind() stack.Kind {
	return kind("http_truncated",
		"Sends the first half of the server's answers, and ends the connection in good order.",
		schema(`"framing": {
      "description": "How much was promised: length is a Content-Length of the whole, chunked are chunks without the last one, and none is a Content-Length of the half, so that only the content shows that the rest is missing.",
      "enum": ["length", "chunked", "none"],
      "default": "length"
    }`),
		func() *truncatedParams { return &truncatedParams{Framing: "length"} },
		func(p *truncatedParams) kit.Answer {
			return func(_ context.Context, x *network.Exchange) network.After {
				reply, err := x.Forward()
				if err != nil {
					return network.Break
				}
				_, _ = x.Write(half(reply, p.Framing)) // the connection ends in any case
				return network.HangUp
			}
		})
}

// half renders the first half of an answer. An answer without a body is said to
// have one.
func half(r network.Reply, framing string) []byte {
	body := r.Body[:len(r.Body)/2]
	switch framing {
	case "chunked":
		return append(chunkedHead(r), chunk(body)...)
	case "none":
		return append(r.Head(int64(len(body))), body...)
	default:
		return append(r.Head(int64(max(len(r.Body), 1))), body...)
	}
}
