package httpfault

import (
	"context"
	"net/http"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

type statusParams struct {
	where
	Status      int    `json:"status"`
	Body        string `json:"body"`
	ContentType string `json:"content_type"`
}

func (p *statusParams) check() error {
	if err := checkStatus(p.Status); err != nil {
		return err
	}
	return p.where.check()
}

func statusKind() stack.Kind {
	return kind("http_status",
		"Answers every request with a status and a body of choice; the server is not asked.",
		schema(`"status": {"description": "The status code.", "type": "integer", "minimum": 200, "maximum": 599, "default": 500}`,
			`"body": {"description": "The answer's body.", "type": "string", "default": "Internal Server Error"}`,
			`"content_type": {"description": "The answer's Content-Type; empty is none.", "type": "string", "default": "text/plain; charset=utf-8"}`),
		func() *statusParams {
			return &statusParams{Status: http.StatusInternalServerError, Body: "Internal Server Error", ContentType: "text/plain; charset=utf-8"}
		},
		func(p *statusParams) kit.Answer { return fixed(p.Status, p.ContentType, p.Body, nil) })
}

// fixed answers the same to everything.
func fixed(status int, contentType, body string, more http.Header) kit.Answer {
	return func(_ context.Context, x *network.Exchange) network.After {
		header := more.Clone()
		if header == nil {
			header = http.Header{}
		}
		if contentType != "" {
			header.Set("Content-Type", contentType)
		}
		return kit.Sent(x.Send(network.Reply{Status: status, Header: header, Body: []byte(body)}))
	}
}
