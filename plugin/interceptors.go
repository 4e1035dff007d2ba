package plugin

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// newServer returns a gRPC server with the boundary's limits.
func newServer(opts []grpc.ServerOption, logger *slog.Logger) *grpc.Server {
	return grpc.NewServer(append(opts,
		grpc.MaxRecvMsgSize(MaxMessageBytes),
		grpc.MaxSendMsgSize(MaxMessageBytes),
		grpc.ChainUnaryInterceptor(limit, contain(logger)),
	)...)
}

// contain turns a subject's panic into an error of that one call. The stack
// goes to the log; what was changed before it is unknown.
func contain(logger *slog.Logger) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (resp any, err error) {
		defer func() {
			if p := recover(); p != nil {
				logger.Error("the subject panicked", "call", info.FullMethod, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				e := protocol.Errorf(protocol.Internal, "the subject panicked in %s: %v", info.FullMethod, p)
				if act, ok := req.(*subjectv1.ActRequest); ok && !act.GetDryRun() {
					e.Effect = protocol.EffectUnknown
				}
				err = errorToStatus(e)
			}
		}()
		return handler(ctx, req)
	}
}

// limit says what is wrong with an answer that the boundary does not carry;
// gRPC knows only two numbers.
func limit(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	resp, err := handler(ctx, req)
	message, ok := resp.(proto.Message)
	if err != nil || !ok {
		return resp, err
	}
	n := proto.Size(message)
	if n <= MaxMessageBytes {
		return resp, nil
	}
	e := protocol.Errorf(protocol.ResourceExhausted,
		"the answer to %s has %d bytes, and a message across the boundary at most %d: the subject must bound its lists", info.FullMethod, n, MaxMessageBytes)
	if act, ok := req.(*subjectv1.ActRequest); ok {
		e.Effect = protocol.EffectApplied
		if act.GetDryRun() {
			e.Effect = protocol.EffectNone
		}
	}
	return nil, errorToStatus(e)
}
