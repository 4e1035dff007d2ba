package plugin

import (
	"context"
	"errors"

	"google.golang.org/grpc"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// method is a method of the service's client.
type method[Req, Resp any] func(context.Context, *Req, ...grpc.CallOption) (*Resp, error)

// call makes one call of what was tried, op, and has read read the answer, which
// returns what of it breaks the contract. An error of the subject's own has no
// cause.
func call[Req, Resp any](ctx context.Context, r *remote, op string, m method[Req, Resp], req *Req, read func(*Resp) error) *protocol.Error {
	t := r.turns.next()
	defer t.end()
	ctx = context.WithValue(ctx, turnKey{}, t)
	c := &codec{take: func() error { return t.take(ctx) }, collect: r.garbage.received}
	resp, err := m(ctx, req, append(r.options, grpc.ForceCodecV2(c))...)
	switch {
	case err == nil:
		if err := read(resp); err != nil {
			return brokeContract(op, err)
		}
		return nil
	case c.refused != nil:
		return brokeContract(op, c.refused)
	default:
		return r.failed(ctx, op, err)
	}
}

// brokeContract is the error for an answer that a plugin must not give.
func brokeContract(op string, problem error) *protocol.Error {
	e := &protocol.Error{Code: protocol.Internal, Message: op + ": the plugin broke the contract", Err: problem}
	if p, ok := errors.AsType[*protocol.Error](problem); ok {
		e.Code, e.Fields = p.Code, p.Fields
		e.Message += ": " + p.Message
	}
	return e
}
