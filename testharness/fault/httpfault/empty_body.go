package httpfault

import (
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func emptyBodyKind() stack.Kind {
	return kind("http_empty_body",
		"Takes the body out of the server's answers and leaves status and header.",
		schema(), func() *where { return &where{} },
		func(*where) kit.Answer {
			return kit.Changed(func(r network.Reply) network.Reply {
				r.Body = nil
				return r
			})
		})
}
