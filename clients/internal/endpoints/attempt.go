package endpoints

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

// result is what one endpoint made of a call.
type result[T any] struct {
	from  Endpoint
	value T
	err   *failure.Error
	final bool // the error is an answer: every endpoint would give it
}

// attempt sends a call to one endpoint, once.
func attempt[T any](ctx context.Context, g *Group, doer httpapi.Doer, e Endpoint, call Call[T]) result[T] {
	got := result[T]{from: e}
	req, err := call.Request.Build(ctx, e, g.userAgent)
	if err != nil { // not reached: the endpoint and the method were validated
		got.err = call.Request.Invalid(failure.Line(err.Error()))
		return got
	}
	err = httpapi.Stream(doer, req, g.maxBody, func(resp httpapi.Response, body io.Reader) error {
		if resp.Status < http.StatusOK || resp.Status >= http.StatusMultipleChoices {
			var err error
			if resp.Body, err = io.ReadAll(body); err != nil {
				return err
			}
			got.err, got.final = call.refusal(req, resp)
			return got.err
		}
		value, err := call.Read(body)
		if err != nil {
			return httpapi.Fail(req, failure.Malformed, resp.Status, err.Error())
		}
		got.value = value
		return nil
	})
	if err == nil || got.err != nil {
		return got
	}
	got.err = asFailure(call.Request, err)
	if call.Broken != nil && got.err.Status == 0 {
		got.err = call.Broken(got.err)
	}
	return got
}

// refusal tells failures of an endpoint from answers to the request.
func (c Call[T]) refusal(req *http.Request, resp httpapi.Response) (err *failure.Error, final bool) {
	said := Refusal{Class: httpapi.ClassOfStatus(resp.Status), Detail: httpapi.Said(resp)}
	if c.Refused != nil {
		said = c.Refused(resp)
	}
	err = httpapi.Fail(req, said.Class, resp.Status, said.Detail)
	err.Err = said.Err
	return err, said.Final || resp.Status >= http.StatusBadRequest && said.Class != failure.Failing
}

// asFailure returns the *failure.Error that httpapi promises. One that it did
// not give would count as sent: that is the safe side.
func asFailure(r Request, err error) *failure.Error {
	if fe, ok := errors.AsType[*failure.Error](err); ok {
		return fe
	}
	return &failure.Error{Op: r.op(), Class: failure.Classify(err), Detail: failure.Line(err.Error()), Sent: true, Err: err}
}
