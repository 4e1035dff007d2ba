package httpfault

import (
	"net/http"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// page is what a proxy that wants to be logged in to says, with a success.
const page = `<!DOCTYPE html>
<html lang="en">
<head><title>Sign in</title></head>
<body><h1>Sign in</h1><form method="post" action="/login"><input name="user"><input name="password" type="password"></form></body>
</html>
`

type htmlParams struct {
	where
	Status int `json:"status"`
}

func (p *htmlParams) check() error {
	if err := checkStatus(p.Status); err != nil {
		return err
	}
	return p.where.check()
}

func htmlKind() stack.Kind {
	return kind("http_html",
		"Answers every request with a page for people, as a proxy does that wants a login; the server is not asked.",
		schema(`"status": {"description": "The status code.", "type": "integer", "minimum": 200, "maximum": 599, "default": 200}`),
		func() *htmlParams { return &htmlParams{Status: http.StatusOK} },
		func(p *htmlParams) kit.Answer { return fixed(p.Status, "text/html; charset=utf-8", page, nil) })
}
