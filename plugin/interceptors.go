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

// newServer returns a gRPC server with the boundary's limits, among them how
// much a host may send of a request that nobody reads yet: gRPC would measure
// how much that should be, with a ping for each small request, and its answer.
func newServer(opts []grpc.ServerOption, logger *slog.Logger, most size) *grpc.Server {
	return grpc.NewServer(append(opts,
		grpc.MaxRecvMsgSize(most.bytes()),
		grpc.MaxSendMsgSize(most.bytes()),
		grpc.StaticStreamWindowSize(windowBytes),
		grpc.StaticConnWindowSize(4*windowBytes),
		grpc.ChainUnaryInterceptor(limit(most), contain(logger)),
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
func limit(most size) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		resp, err := handler(ctx, req)
		message, ok := resp.(proto.Message)
		if err != nil || !ok {
			return resp, err
		}
		n := proto.Size(message)
		if n <= most.bytes() {
			return resp, nil
		}
		e := most.over("the answer to "+info.FullMethod, n)
		e.Message += "; the subject must bound its lists"
		if act, ok := req.(*subjectv1.ActRequest); ok {
			e.Effect = protocol.EffectApplied
			if act.GetDryRun() {
				e.Effect = protocol.EffectNone
			}
		}
		return nil, errorToStatus(e)
	}
}
