package httpfault

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

type redirectParams struct {
	where
	Status int `json:"status"`
}

func (p *redirectParams) check() error {
	if want := []int{301, 302, 303, 307, 308}; !slices.Contains(want, p.Status) {
		return fmt.Errorf("with.status: %d: want one of %v", p.Status, want)
	}
	return p.where.check()
}

func redirectLoopKind() stack.Kind {
	return kind("http_redirect_loop",
		"Redirects every request to itself; the server is not asked.",
		schema(`"status": {"description": "The status code.", "enum": [301, 302, 303, 307, 308], "default": 302}`),
		func() *redirectParams { return &redirectParams{Status: http.StatusFound} },
		func(p *redirectParams) kit.Answer {
			return func(ctx context.Context, x *network.Exchange) network.After {
				location := http.Header{"Location": {x.Request.RequestURI}}
				return fixed(p.Status, "", "", location)(ctx, x)
			}
		})
}
