package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"

	"google.golang.org/grpc"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// server serves one Definition, and the one Subject that it opens.
type server struct {
	subjectv1.UnimplementedSubjectServiceServer

	definition protocol.Definition

	mu      sync.Mutex // guards opening
	subject protocol.Subject
}

// Describe returns the definition as it is without a configuration.
func (s *server) Describe(context.Context, *subjectv1.DescribeRequest) (*subjectv1.DescribeResponse, error) {
	return &subjectv1.DescribeResponse{Definition: definitionToProto(s.definition)}, nil
}

// Configure opens the subject.
func (s *server) Configure(ctx context.Context, req *subjectv1.ConfigureRequest) (*subjectv1.ConfigureResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.subject != nil {
		return nil, errorToStatus(protocol.Errorf(protocol.FailedPrecondition,
			"configure %s: this process is configured already; start another", s.definition.Name))
	}
	subject, err := s.definition.Open(ctx, req.GetConfig())
	if err != nil {
		return nil, errorToStatus(err)
	}
	s.subject = subject
	return &subjectv1.ConfigureResponse{
		Definition: definitionToProto(protocol.DefinitionOf(subject, s.definition)),
	}, nil
}

// Observe looks at the system.
func (s *server) Observe(ctx context.Context, _ *subjectv1.ObserveRequest) (*subjectv1.ObserveResponse, error) {
	subject, err := s.opened()
	if err != nil {
		return nil, errorToStatus(err)
	}
	observation, err := subject.Observe(ctx)
	if err != nil {
		return nil, errorToStatus(err)
	}
	return &subjectv1.ObserveResponse{Observation: observationToProto(observation)}, nil
}

// Act makes one change.
func (s *server) Act(ctx context.Context, req *subjectv1.ActRequest) (*subjectv1.ActResponse, error) {
	subject, err := s.opened()
	if err != nil {
		return nil, errorToStatus(err)
	}
	outcome, err := subject.Act(ctx, protocol.Action{
		Name:   req.GetName(),
		ID:     req.GetId(),
		Params: req.GetParams(),
		DryRun: req.GetDryRun(),
	})
	if err != nil {
		return nil, errorToStatus(err)
	}
	return outcomeToProto(outcome), nil
}

func (s *server) opened() (protocol.Subject, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.subject == nil {
		return nil, &protocol.Error{
			Code:    protocol.FailedPrecondition,
			Message: s.definition.Name + " is not configured yet: call Configure first",
			Effect:  protocol.EffectNone,
		}
	}
	return s.subject, nil
}

// Close closes the subject.
func (s *server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if closer, ok := s.subject.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// contain turns a subject's panic into an error of that one call. The stack
// goes to the log; what was changed before it is unknown.
func contain(logger *slog.Logger) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (resp any, err error) {
		defer func() {
			if p := recover(); p != nil {
				logger.Error("the subject panicked", "call", info.FullMethod, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				err = errorToStatus(&protocol.Error{
					Code:    protocol.Internal,
					Message: fmt.Sprintf("the subject panicked in %s: %v", info.FullMethod, p),
					Effect:  protocol.EffectUnknown,
					Err:     errors.New("panic"),
				})
			}
		}()
		return handler(ctx, req)
	}
}

// newServer returns a gRPC server with the boundary's limits.
func newServer(opts []grpc.ServerOption, logger *slog.Logger) *grpc.Server {
	return grpc.NewServer(append(opts,
		grpc.MaxRecvMsgSize(MaxMessageBytes),
		grpc.MaxSendMsgSize(MaxMessageBytes),
		grpc.ChainUnaryInterceptor(contain(logger)),
	)...)
}
