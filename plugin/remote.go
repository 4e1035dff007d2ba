package plugin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// remote is the host's end of one plugin, whatever carries it.
type remote struct {
	service subjectv1.SubjectServiceClient
	process *process // nil if the service is in no process of ours
	closed  atomic.Bool
	most    size
	options []grpc.CallOption // of every call
	turns   turns
	garbage garbage // for who has the turn
}

func newRemote(service subjectv1.SubjectServiceClient, most size) *remote {
	return &remote{service: service, most: most, options: slices.Clip(most.callOptions())}
}

// describe asks for the definition and makes its Open configure the process.
func (r *remote) describe(ctx context.Context) (protocol.Definition, error) {
	var def protocol.Definition
	read := func(resp *subjectv1.DescribeResponse) (err error) {
		def, _, err = definitionFromAnswer(resp.GetDefinition())
		return err
	}
	if err := call(ctx, r, "describe", r.service.Describe, &subjectv1.DescribeRequest{}, read); err != nil {
		return protocol.Definition{}, err
	}
	def.Open = r.opener(def)
	return def, nil
}

// usable refuses a call on a plugin that is closed.
func (r *remote) usable(op string) *protocol.Error {
	if r.closed.Load() {
		return protocol.Errorf(protocol.FailedPrecondition, "%s: the plugin is closed", op)
	}
	return nil
}

// sendable refuses a request that the boundary would not carry.
func (r *remote) sendable(op string, req proto.Message) *protocol.Error {
	if n := proto.Size(req); n > r.most.bytes() {
		return r.most.over(op+": the request", n)
	}
	return nil
}

// failed makes the error of a gRPC call the contract's. One that the subject
// returned is as it was, without a cause. In any other the transport speaks of
// what was tried, op, and its error is the cause.
func (r *remote) failed(ctx context.Context, op string, err error) *protocol.Error {
	st := status.Convert(err)
	if e, ok := errorFromDetail(st); ok {
		return e
	}
	e := &protocol.Error{
		Code:    codeFromStatus(st),
		Message: fmt.Sprintf("%s: %s", op, printable(st.Message())),
		Err:     err,
	}
	switch {
	case isOver(ctx): // the caller's own context is the best witness
		e.Code = protocol.DeadlineExceeded
		e.Message = op + ": the plugin did not answer before the deadline"
	case ctx.Err() != nil:
		e.Code, e.Message = protocol.Canceled, op+": canceled before the plugin answered"
	case r.closed.Load():
		e.Code, e.Message = protocol.FailedPrecondition, op+": the plugin was closed meanwhile"
	case st.Code() == codes.ResourceExhausted && strings.HasPrefix(st.Message(), "grpc: received message"):
		e.Message = op + ": " + r.tooLarge(st.Message())
	case st.Code() == codes.Unavailable || st.Code() == codes.Canceled: // whoever canceled, it was not the caller
		e.Code, e.Retryable = protocol.Unavailable, true
		if epitaph, gone := r.process.gone(ctx); gone {
			e.Message, e.Retryable = op+": "+epitaph, false
		}
	}
	return e
}

// tooLarge says which message was too large, which gRPC says in the same words
// at either end: the answer, or the request for a plugin that accepts less than
// this host.
func (r *remote) tooLarge(said string) string {
	if !strings.HasSuffix(said, fmt.Sprintf(" %d)", r.most.bytes())) {
		return "the plugin accepts no request of that size; it may know nothing of max_message: " + printable(said)
	}
	return fmt.Sprintf("the plugin's answer is larger than a message across the boundary may be, which is %d bytes%s", r.most.bytes(), r.most.advice())
}

// isOver reports whether ctx's deadline has passed. The transport may notice
// before the context does.
func isOver(ctx context.Context) bool {
	if ctx.Err() == context.Canceled {
		return false
	}
	deadline, ok := ctx.Deadline()
	return ok && !time.Now().Before(deadline)
}
