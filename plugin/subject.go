package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"

	"google.golang.org/grpc"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// remote is the host's end of one plugin process, whatever carries it.
type remote struct {
	service subjectv1.SubjectServiceClient
	closed  atomic.Bool
}

// describe asks for the definition and makes its Open configure the process.
func (r *remote) describe(ctx context.Context) (protocol.Definition, error) {
	resp, err := r.service.Describe(ctx, &subjectv1.DescribeRequest{}, callOptions...)
	if err != nil {
		return protocol.Definition{}, errorFromCall(ctx, "describe", err)
	}
	return r.definition(resp.GetDefinition())
}

func (r *remote) definition(wire *subjectv1.Definition) (protocol.Definition, error) {
	def := definitionFromProto(wire)
	if err := def.Validate(); err != nil {
		return protocol.Definition{}, protocol.Errorf(protocol.Internal, "the plugin's definition is not valid: %w", err)
	}
	def.Open = r.open
	return def, nil
}

// open is the Open of a plugin's definition.
func (r *remote) open(ctx context.Context, config json.RawMessage) (protocol.Subject, error) {
	if err := r.usable("configure"); err != nil {
		return nil, err
	}
	resp, err := r.service.Configure(ctx, &subjectv1.ConfigureRequest{Config: config}, callOptions...)
	if err != nil {
		return nil, errorFromCall(ctx, "configure", err)
	}
	def, err := r.definition(resp.GetDefinition())
	if err != nil {
		return nil, err
	}
	return &subject{remote: r, def: def}, nil
}

func (r *remote) usable(op string) error {
	if r.closed.Load() {
		return &protocol.Error{
			Code:    protocol.FailedPrecondition,
			Message: op + ": the plugin is closed",
			Effect:  protocol.EffectNone,
		}
	}
	return nil
}

// callOptions are the boundary's limits, for connections that were dialled
// without them.
var callOptions = []grpc.CallOption{
	grpc.MaxCallRecvMsgSize(MaxMessageBytes),
	grpc.MaxCallSendMsgSize(MaxMessageBytes),
}

// subject is a configured plugin as the host sees it. Closing the plugin is
// its Plugin's business.
type subject struct {
	*remote

	def protocol.Definition
}

var (
	_ protocol.Subject   = (*subject)(nil)
	_ protocol.Describer = (*subject)(nil)
)

// Definition returns the definition as the configuration has made it.
func (s *subject) Definition() protocol.Definition { return s.def }

// Observe implements protocol.Subject.
func (s *subject) Observe(ctx context.Context) (protocol.Observation, error) {
	if err := s.usable("observe"); err != nil {
		return protocol.Observation{}, err
	}
	resp, err := s.service.Observe(ctx, &subjectv1.ObserveRequest{}, callOptions...)
	if err != nil {
		return protocol.Observation{}, errorFromCall(ctx, "observe", err)
	}
	if resp.GetObservation() == nil {
		return protocol.Observation{}, protocol.Errorf(protocol.Internal, "observe: the plugin answered without an observation")
	}
	return observationFromProto(resp.GetObservation()), nil
}

// Act implements protocol.Subject. It sends the request once: a failure of the
// transport after that is of unknown effect.
func (s *subject) Act(ctx context.Context, action protocol.Action) (protocol.Outcome, error) {
	op := fmt.Sprintf("act %q", action.Name)
	if err := s.usable(op); err != nil {
		return protocol.Outcome{}, err
	}
	if err := ctx.Err(); err != nil {
		return protocol.Outcome{}, &protocol.Error{
			Code: protocol.CodeOf(err), Message: op + ": " + err.Error(), Effect: protocol.EffectNone, Err: err,
		}
	}
	resp, err := s.service.Act(ctx, &subjectv1.ActRequest{
		Name:   text(action.Name),
		Id:     text(action.ID),
		Params: action.Params,
		DryRun: action.DryRun,
	}, callOptions...)
	if err != nil {
		e := errorFromCall(ctx, op, err)
		switch {
		case e.Effect != "":
		case action.DryRun:
			e.Effect = protocol.EffectNone
		default:
			e.Effect, e.Retryable = protocol.EffectUnknown, false
		}
		return protocol.Outcome{}, e
	}
	return outcomeFromProto(resp), nil
}
