package plugin

import (
	"context"
	"encoding/json"
	"fmt"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// subject is a configured plugin as the host sees it. Closing it is its
// Plugin's business.
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
		return protocol.Observation{}, s.failed(ctx, "observe", err)
	}
	if resp.GetObservation() == nil {
		return protocol.Observation{}, protocol.Errorf(protocol.Internal, "observe: the plugin answered without an observation")
	}
	return observationFromProto(resp.GetObservation()), nil
}

// Act implements protocol.Subject. It sends the request once: a failure of the
// transport after that is of unknown effect.
func (s *subject) Act(ctx context.Context, action protocol.Action) (protocol.Outcome, error) {
	op := fmt.Sprintf("act %.*q", protocol.MaxNameLen, action.Name)
	req := &subjectv1.ActRequest{
		Name:   text(action.Name),
		Id:     text(action.ID),
		Params: action.Params,
		DryRun: action.DryRun,
	}
	if err := s.refuse(ctx, op, req); err != nil {
		return protocol.Outcome{}, err
	}
	resp, err := s.service.Act(ctx, req, callOptions...)
	if err != nil {
		return protocol.Outcome{}, s.actFailed(ctx, op, err, action.DryRun)
	}
	return outcomeFromProto(resp), nil
}

// refuse refuses what is certain to fail, while it is certain that nothing
// was changed.
func (s *subject) refuse(ctx context.Context, op string, req *subjectv1.ActRequest) error {
	err := s.usable(op)
	if ended := ctx.Err(); err == nil && ended != nil {
		err = &protocol.Error{Code: protocol.CodeOf(ended), Message: op + ": " + ended.Error(), Err: ended}
	}
	if err == nil {
		err = sendable(op, req)
	}
	if err != nil {
		err.Effect = protocol.EffectNone
		return err
	}
	return nil
}

// actFailed is failed for an action. What the subject itself says of the effect
// stands.
func (s *subject) actFailed(ctx context.Context, op string, err error, dryRun bool) error {
	e := s.failed(ctx, op, err)
	switch {
	case e.Err == nil: // the subject's own
	case dryRun:
		e.Effect = protocol.EffectNone
	default:
		e.Effect, e.Retryable = protocol.EffectUnknown, false
	}
	return e
}

// open is the Open of a plugin's definition.
func (r *remote) open(ctx context.Context, config json.RawMessage) (protocol.Subject, error) {
	if err := r.usable("configure"); err != nil {
		return nil, err
	}
	req := &subjectv1.ConfigureRequest{Config: config}
	if err := sendable("configure", req); err != nil {
		return nil, err
	}
	resp, err := r.service.Configure(ctx, req, callOptions...)
	if err != nil {
		return nil, r.failed(ctx, "configure", err)
	}
	def, err := r.definition(resp.GetDefinition())
	if err != nil {
		return nil, err
	}
	return &subject{remote: r, def: def}, nil
}
