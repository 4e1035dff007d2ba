//go:build linux

package faulty_test

import (
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func definitionToWire(d protocol.Definition) *subjectv1.Definition {
	out := &subjectv1.Definition{
		Name: d.Name, Version: d.Version, Summary: d.Summary, Guide: d.Guide,
		ConfigSchema: d.ConfigSchema, StateSchema: d.StateSchema,
	}
	for _, i := range d.Invariants {
		out.Invariants = append(out.Invariants, &subjectv1.Invariant{
			Name: i.Name, Summary: i.Summary, Entity: i.Entity, Severity: string(i.Severity), Grace: durationpb.New(i.Grace),
		})
	}
	for _, a := range d.Actions {
		out.Actions = append(out.Actions, &subjectv1.ActionSpec{
			Name: a.Name, Summary: a.Summary, Params: a.Params, Risk: string(a.Risk),
			RequiresApproval: a.RequiresApproval, Idempotent: a.Idempotent, Repairs: a.Repairs,
		})
	}
	return out
}

func observationToWire(o protocol.Observation) *subjectv1.Observation {
	out := &subjectv1.Observation{Time: timestamppb.New(o.Time), Duration: durationpb.New(o.Duration), Summary: o.Summary, State: o.State}
	for _, s := range o.Sources {
		out.Sources = append(out.Sources, &subjectv1.Source{Name: s.Name, Class: string(s.Class), Message: s.Message, Latency: durationpb.New(s.Latency)})
	}
	for _, v := range o.Violations {
		out.Violations = append(out.Violations, &subjectv1.Violation{
			Invariant: v.Invariant, Entity: v.Entity, Severity: string(v.Severity), Message: v.Message,
			Value: v.Value, Threshold: v.Threshold, Unit: v.Unit,
		})
	}
	for _, u := range o.Unchecked {
		out.Unchecked = append(out.Unchecked, &subjectv1.Unchecked{Invariant: u.Invariant, Entity: u.Entity, Source: u.Source, Reason: u.Reason})
	}
	return out
}

func outcomeToWire(o protocol.Outcome) *subjectv1.ActResponse {
	out := &subjectv1.ActResponse{Status: string(o.Status), Message: o.Message}
	for _, c := range o.Changes {
		out.Changes = append(out.Changes, &subjectv1.Change{Entity: c.Entity, Field: c.Field, Before: c.Before, After: c.After})
	}
	return out
}

// statusOf is an error of the tank's as gRPC carries it.
func statusOf(err error) error {
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok {
		return err
	}
	code := codes.Unknown
	for c := codes.OK; c <= codes.Unauthenticated; c++ {
		if c.String() == string(e.Code) {
			code = c
		}
	}
	detail := &subjectv1.ErrorDetail{Retryable: e.Retryable, Effect: string(e.Effect)}
	for _, f := range e.Fields {
		detail.Fields = append(detail.Fields, &subjectv1.FieldError{Path: f.Path, Message: f.Message})
	}
	st, err := status.New(code, e.Message).WithDetails(detail)
	if err != nil {
		return err
	}
	return st.Err()
}
