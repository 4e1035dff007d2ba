package ratelimiter

import (
	"context"
	"io"
	"net/http"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/endpoints"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

// call is one request to the API, with the key apart: what it did to the path
// is what errors explain.
type call struct {
	method string
	before string // the path up to the key, or all of it
	key    string // empty in a read: no key is
	after  string // the path after the key
	body   []byte // JSON, or nil
}

// ask reads path from the endpoints.
func ask[T any](ctx context.Context, c *Client, path string, decode func([]byte) (T, error)) (T, error) {
	return endpoints.Ask(ctx, c.group, read(path, endpoints.Whole(decode)))
}

func read[T any](path string, decode func(io.Reader) (T, error)) endpoints.Call[T] {
	return carried(call{method: http.MethodGet, before: path}, decode)
}

// change sends a write, once its key is one that can be sent.
func change[T any](ctx context.Context, c *Client, what call, decode func([]byte) (T, error)) (T, error) {
	if problem := keyProblem(what.key); problem != "" {
		return *new(T), what.request().Invalid(problem)
	}
	return endpoints.Change(ctx, c.group, carried(what, endpoints.Whole(decode)))
}

func carried[T any](what call, decode func(io.Reader) (T, error)) endpoints.Call[T] {
	return endpoints.Call[T]{
		Request: what.request(),
		Read:    decode,
		Refused: func(resp httpapi.Response) endpoints.Refusal {
			return endpoints.Refusal{Class: httpapi.ClassOfStatus(resp.Status), Detail: explainRefusal(what, resp)}
		},
		Broken: func(err *failure.Error) *failure.Error { return explainSilence(what, err) },
	}
}

// request puts the key into the path, escaped, and leaves it out of the name of
// the call.
func (c call) request() endpoints.Request {
	op := c.method + " " + c.before
	if c.key != "" || c.after != "" || c.method != http.MethodGet {
		op += "{key}" + c.after
	}
	return endpoints.Request{
		Method:  c.method,
		Path:    c.before + c.key + c.after,
		Escaped: c.before + PathOf(c.key) + c.after,
		Body:    c.body,
		Op:      op,
	}
}
