package plugin

import (
	"context"
	"io"
	"sync"
	"time"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// server serves one Definition, and the one Subject that it opens.
type server struct {
	subjectv1.UnimplementedSubjectServiceServer

	definition protocol.Definition

	mu      sync.Mutex // held while opening
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
	switch {
	case err != nil:
		return nil, errorToStatus(err)
	case subject == nil:
		return nil, errorToStatus(protocol.Errorf(protocol.Internal, "configure %s: Open returned no subject", s.definition.Name))
	}
	s.subject = subject
	return &subjectv1.ConfigureResponse{
		Definition: definitionToProto(protocol.DefinitionOf(subject, s.definition)),
	}, nil
}

// Observe looks at the system.
func (s *server) Observe(ctx context.Context, _ *subjectv1.ObserveRequest) (*subjectv1.ObserveResponse, error) {
	subject, unopened := s.opened()
	if unopened != nil {
		return nil, errorToStatus(unopened)
	}
	ctx, cancel := withWayBack(ctx)
	defer cancel()
	observation, err := subject.Observe(ctx)
	if err != nil {
		return nil, errorToStatus(err)
	}
	return &subjectv1.ObserveResponse{Observation: observationToProto(observation)}, nil
}

// Act makes one change.
func (s *server) Act(ctx context.Context, req *subjectv1.ActRequest) (*subjectv1.ActResponse, error) {
	subject, unopened := s.opened()
	if unopened != nil {
		unopened.Effect = protocol.EffectNone
		return nil, errorToStatus(unopened)
	}
	ctx, cancel := withWayBack(ctx)
	defer cancel()
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

func (s *server) opened() (protocol.Subject, *protocol.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.subject == nil {
		return nil, protocol.Errorf(protocol.FailedPrecondition, "%s is not configured yet: call Configure first", s.definition.Name)
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

// withWayBack ends a call's context a little before the host's deadline, a tenth
// of what is left and no more than 20 ms: a subject that uses all of its time
// would else have an answer that comes too late.
func withWayBack(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-min(time.Until(deadline)/10, 20*time.Millisecond)))
}
