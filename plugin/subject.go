package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/verify"
)

// subject is a configured plugin as the host sees it. Closing it is its
// Plugin's business.
type subject struct {
	*remote

	def     protocol.Definition
	checker *verify.Checker
}

var (
	_ protocol.Subject   = (*subject)(nil)
	_ protocol.Describer = (*subject)(nil)
)

// Definition returns the definition as the configuration has made it.
func (s *subject) Definition() protocol.Definition { return s.def }

// Observe implements protocol.Subject. An observation that is not as the
// definition has it is an Internal error, and nothing of it is returned.
func (s *subject) Observe(ctx context.Context) (protocol.Observation, error) {
	if err := s.usable("observe"); err != nil {
		return protocol.Observation{}, err
	}
	var observation protocol.Observation
	read := func(resp *subjectv1.ObserveResponse) error {
		o, err := observationFromAnswer(resp)
		if err == nil {
			err = s.checker.Observation(o, time.Now())
		}
		if err == nil {
			observation = o
		}
		return err
	}
	if err := call(ctx, s.remote, "observe", s.service.Observe, &subjectv1.ObserveRequest{}, read); err != nil {
		return protocol.Observation{}, err
	}
	return observation, nil
}

// Act implements protocol.Subject. It sends the request once: a failure of the
// transport after that is of unknown effect, and so is an outcome that is not as
// the contract has it.
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
	var outcome protocol.Outcome
	read := func(resp *subjectv1.ActResponse) error {
		outcome = outcomeFromProto(resp)
		return s.checker.Outcome(action, outcome)
	}
	if err := call(ctx, s.remote, op, s.service.Act, req, read); err != nil {
		return protocol.Outcome{}, actFailed(err, action.DryRun)
	}
	return outcome, nil
}

// refuse refuses what is certain to fail, while it is certain that nothing
// was changed.
func (s *subject) refuse(ctx context.Context, op string, req *subjectv1.ActRequest) error {
	err := s.usable(op)
	if ended := ctx.Err(); err == nil && ended != nil {
		err = &protocol.Error{Code: protocol.CodeOf(ended), Message: op + ": " + ended.Error(), Err: ended}
	}
	if err == nil {
		err = s.sendable(op, req)
	}
	if err != nil {
		err.Effect = protocol.EffectNone
		return err
	}
	return nil
}

// actFailed says of the error of an action what is known of its effect. What the
// subject itself says of that stands. An answer that is none tells only that the
// request has arrived.
func actFailed(e *protocol.Error, dryRun bool) *protocol.Error {
	switch {
	case e.Err == nil: // the subject's own
	case dryRun:
		e.Effect = protocol.EffectNone
	default:
		e.Effect, e.Retryable = protocol.EffectUnknown, false
	}
	return e
}

// opener returns the Open of a plugin's definition.
func (r *remote) opener(described protocol.Definition) func(context.Context, json.RawMessage) (protocol.Subject, error) {
	return func(ctx context.Context, config json.RawMessage) (protocol.Subject, error) {
		return r.open(ctx, described, config)
	}
}

func (r *remote) open(ctx context.Context, described protocol.Definition, config json.RawMessage) (protocol.Subject, error) {
	if err := r.usable("configure"); err != nil {
		return nil, err
	}
	req := &subjectv1.ConfigureRequest{Config: config}
	if err := r.sendable("configure", req); err != nil {
		return nil, err
	}
	var def protocol.Definition
	var checker *verify.Checker
	read := func(resp *subjectv1.ConfigureResponse) (err error) {
		def, checker, err = definitionFromAnswer(resp.GetDefinition())
		if err == nil {
			err = verify.Same(described, def)
		}
		return err
	}
	if err := call(ctx, r, "configure", r.service.Configure, req, read); err != nil {
		return nil, err
	}
	def.Open = r.opener(described)
	return &subject{remote: r, def: def, checker: checker}, nil
}
