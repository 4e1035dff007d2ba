package plugin

import (
	"context"
	"fmt"
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
	turns   turns
	garbage garbage // for who has the turn
}

// callOptions are the boundary's limits, for connections that were dialled
// without them.
var callOptions = []grpc.CallOption{
	grpc.MaxCallRecvMsgSize(MaxMessageBytes),
	grpc.MaxCallSendMsgSize(MaxMessageBytes),
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
func sendable(op string, req proto.Message) *protocol.Error {
	if n := proto.Size(req); n > MaxMessageBytes {
		return protocol.Errorf(protocol.ResourceExhausted,
			"%s: the request has %d bytes, and a message across the boundary at most %d", op, n, MaxMessageBytes)
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
		e.Message = fmt.Sprintf("%s: the plugin's answer is larger than a message across the boundary may be, which is %d bytes", op, MaxMessageBytes)
	case st.Code() == codes.Unavailable || st.Code() == codes.Canceled: // whoever canceled, it was not the caller
		e.Code, e.Retryable = protocol.Unavailable, true
		if epitaph, gone := r.process.gone(ctx); gone {
			e.Message, e.Retryable = op+": "+epitaph, false
		}
	}
	return e
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
