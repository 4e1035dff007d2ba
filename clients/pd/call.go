package pd

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/endpoints"
)

// maxExact is the largest id that a request's body can carry: PD reads the
// numbers in it as floating point, and beyond 2^53 would act on another id.
const maxExact = 1 << 53

// get asks for path (below [apiPath], nothing in it to escape) and decodes the
// answer.
func get[T any](ctx context.Context, c *Client, path string, decode func([]byte) (T, error)) (T, error) {
	return endpoints.Ask(ctx, c.group, reading(path, "", endpoints.Whole(decode)))
}

func reading[T any](path, query string, read func(io.Reader) (T, error)) endpoints.Call[T] {
	return endpoints.Call[T]{
		Request: endpoints.Request{Method: http.MethodGet, Path: apiPath + path, Query: query},
		Read:    read,
		Refused: refused,
	}
}

// invalid refuses a call to path before anything was sent.
func invalid(method, path, problem string) error {
	return endpoints.Request{Method: method, Path: apiPath + path}.Invalid(problem)
}

// post sends a change: the body's fields are PD's own.
func post(ctx context.Context, c *Client, path string, fields any, refused refusing) error {
	body, err := json.Marshal(fields)
	if err != nil { // not reached: names and numbers
		return invalid(http.MethodPost, path, err.Error())
	}
	return change(ctx, c, endpoints.Request{Method: http.MethodPost, Path: apiPath + path, Body: body}, refused)
}

func change(ctx context.Context, c *Client, request endpoints.Request, refused refusing) error {
	_, err := endpoints.Change(ctx, c.group, endpoints.Call[struct{}]{
		Request: request,
		Read:    endpoints.Whole(decodeDone),
		Refused: refused,
	})
	return err
}

// id is one id that a caller gave for a change.
type id struct {
	name  string
	value uint64
}

// problem tells what is wrong with the first wrong id, or "".
func problem(ids ...id) string {
	for _, id := range ids {
		switch {
		case id.value == 0:
			return id.name + ": 0 is no id"
		case id.value > maxExact:
			return fmt.Sprintf("%s: %d is more than PD reads exactly (2^53)", id.name, id.value)
		}
	}
	return ""
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }
