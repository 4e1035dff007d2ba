package plugin

import (
	"google.golang.org/protobuf/types/known/durationpb"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// each converts a list. An empty one is nil, as it is on the wire.
func each[A, B any](in []A, convert func(A) B) []B {
	if len(in) == 0 {
		return nil
	}
	out := make([]B, len(in))
	for i, a := range in {
		out[i] = convert(a)
	}
	return out
}

func definitionToProto(d protocol.Definition) *subjectv1.Definition {
	return &subjectv1.Definition{
		Name:         text(d.Name),
		Version:      text(d.Version),
		Summary:      text(d.Summary),
		Guide:        text(d.Guide),
		ConfigSchema: d.ConfigSchema,
		StateSchema:  d.StateSchema,
		Invariants: each(d.Invariants, func(i protocol.Invariant) *subjectv1.Invariant {
			return &subjectv1.Invariant{
				Name:     text(i.Name),
				Summary:  text(i.Summary),
				Entity:   text(i.Entity),
				Severity: text(string(i.Severity)),
				Grace:    durationpb.New(i.Grace),
			}
		}),
		Actions: each(d.Actions, func(a protocol.ActionSpec) *subjectv1.ActionSpec {
			return &subjectv1.ActionSpec{
				Name:             text(a.Name),
				Summary:          text(a.Summary),
				Params:           a.Params,
				Risk:             text(string(a.Risk)),
				RequiresApproval: a.RequiresApproval,
				Idempotent:       a.Idempotent,
				Repairs:          each(a.Repairs, text),
			}
		}),
	}
}

func definitionFromProto(d *subjectv1.Definition) protocol.Definition {
	return protocol.Definition{
		Name:         d.GetName(),
		Version:      d.GetVersion(),
		Summary:      d.GetSummary(),
		Guide:        d.GetGuide(),
		ConfigSchema: d.GetConfigSchema(),
		StateSchema:  d.GetStateSchema(),
		Invariants: each(d.GetInvariants(), func(i *subjectv1.Invariant) protocol.Invariant {
			return protocol.Invariant{
				Name:     i.GetName(),
				Summary:  i.GetSummary(),
				Entity:   i.GetEntity(),
				Severity: protocol.Severity(i.GetSeverity()),
				Grace:    i.GetGrace().AsDuration(),
			}
		}),
		Actions: each(d.GetActions(), func(a *subjectv1.ActionSpec) protocol.ActionSpec {
			return protocol.ActionSpec{
				Name:             a.GetName(),
				Summary:          a.GetSummary(),
				Params:           a.GetParams(),
				Risk:             protocol.Risk(a.GetRisk()),
				RequiresApproval: a.GetRequiresApproval(),
				Idempotent:       a.GetIdempotent(),
				Repairs:          a.GetRepairs(),
			}
		}),
	}
}
