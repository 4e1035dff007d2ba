package httpapi

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// sending is one request on its way, and how far it came.
type sending struct {
	req   *http.Request
	start time.Time

	asked     atomic.Bool // the transport was asked for a connection
	connected atomic.Bool // and had one: the server may see the request
	answering atomic.Bool // at least one byte came back
}

// traced returns the request with the hooks by which its progress is seen.
func (s *sending) traced() *http.Request {
	return s.req.WithContext(httptrace.WithClientTrace(s.req.Context(), &httptrace.ClientTrace{
		GetConn:              func(string) { s.asked.Store(true) },
		GotConn:              func(httptrace.GotConnInfo) { s.connected.Store(true) },
		GotFirstResponseByte: func() { s.answering.Store(true) },
	}))
}

// fail describes why there is no complete answer.
func (s *sending) fail(err error) *failure.Error {
	op, target := describe(s.req)
	class := s.classify(err)
	return &failure.Error{
		Op:     op,
		Target: target,
		Class:  class,
		Detail: s.detail(class, err),
		Sent:   s.connected.Load() || !s.asked.Load(),
		Err:    err,
	}
}

// classify lets the request's own context speak first: its end is why the
// transport failed, whatever the transport calls it.
func (s *sending) classify(err error) failure.Class {
	ctx := s.req.Context()
	if ctxErr := ctx.Err(); ctxErr != nil {
		if failure.Classify(context.Cause(ctx)) == failure.Timeout { // a bound that cancels, see ConnectWithin
			return failure.Timeout
		}
		return failure.Classify(ctxErr)
	}
	class := failure.Classify(err)
	if class == failure.Unreachable && s.answering.Load() && !isNetwork(err) {
		return failure.Malformed // it spoke, but not HTTP, or not to the end
	}
	return class
}

// isNetwork reports whether the connection failed, rather than what came over it.
func isNetwork(err error) bool {
	_, ok := errors.AsType[net.Error](err)
	return ok
}

func (s *sending) detail(class failure.Class, err error) string {
	after := s.elapsed()
	switch {
	case class == failure.Canceled:
		return "given up by the caller after " + after
	case class == failure.Timeout && s.connected.Load():
		return "no complete answer within " + after
	case class == failure.Timeout && s.asked.Load():
		return "no connection within " + after
	case class == failure.Timeout:
		return "no answer within " + after
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the answer is cut off"
	case errors.Is(err, io.EOF):
		return "the connection was closed without an answer"
	case s.answering.Load():
		return "reading the answer: " + failure.Line(err.Error())
	default:
		return failure.Line(err.Error())
	}
}

func (s *sending) elapsed() string {
	return time.Since(s.start).Round(time.Millisecond).String()
}
