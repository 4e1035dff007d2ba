package plugin

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func observationToProto(o protocol.Observation) *subjectv1.Observation {
	return &subjectv1.Observation{
		Time:     timestamppb.New(o.Time),
		Duration: durationpb.New(o.Duration),
		Summary:  text(o.Summary),
		Sources: each(o.Sources, func(s protocol.Source) *subjectv1.Source {
			return &subjectv1.Source{
				Name:    text(s.Name),
				Class:   text(string(s.Class)),
				Message: text(s.Message),
				Latency: durationpb.New(s.Latency),
			}
		}),
		Violations: each(o.Violations, func(v protocol.Violation) *subjectv1.Violation {
			return &subjectv1.Violation{
				Invariant: text(v.Invariant),
				Entity:    text(v.Entity),
				Severity:  text(string(v.Severity)),
				Message:   text(v.Message),
				Value:     v.Value,
				Threshold: v.Threshold,
				Unit:      text(v.Unit),
			}
		}),
		Unchecked: each(o.Unchecked, func(u protocol.Unchecked) *subjectv1.Unchecked {
			return &subjectv1.Unchecked{
				Invariant: text(u.Invariant),
				Entity:    text(u.Entity),
				Source:    text(u.Source),
				Reason:    text(u.Reason),
			}
		}),
		State: o.State,
	}
}

func observationFromProto(o *subjectv1.Observation) protocol.Observation {
	return protocol.Observation{
		Time:     timeFromProto(o.GetTime()),
		Duration: o.GetDuration().AsDuration(),
		Summary:  o.GetSummary(),
		Sources: each(o.GetSources(), func(s *subjectv1.Source) protocol.Source {
			return protocol.Source{
				Name:    s.GetName(),
				Class:   protocol.SourceClass(s.GetClass()),
				Message: s.GetMessage(),
				Latency: s.GetLatency().AsDuration(),
			}
		}),
		Violations: each(o.GetViolations(), func(v *subjectv1.Violation) protocol.Violation {
			return protocol.Violation{
				Invariant: v.GetInvariant(),
				Entity:    v.GetEntity(),
				Severity:  protocol.Severity(v.GetSeverity()),
				Message:   v.GetMessage(),
				Value:     v.Value, // the pointer tells absent from zero
				Threshold: v.Threshold,
				Unit:      v.GetUnit(),
			}
		}),
		Unchecked: each(o.GetUnchecked(), func(u *subjectv1.Unchecked) protocol.Unchecked {
			return protocol.Unchecked{
				Invariant: u.GetInvariant(),
				Entity:    u.GetEntity(),
				Source:    u.GetSource(),
				Reason:    u.GetReason(),
			}
		}),
		State: present(o.GetState()),
	}
}

// present keeps an empty state absent: protobuf does not tell the two apart, and
// in JSON only what is absent can be written.
func present(state []byte) []byte {
	if len(state) == 0 {
		return nil
	}
	return state
}

// timeFromProto keeps an absent time absent; AsTime would make it 1970.
func timeFromProto(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

func outcomeToProto(o protocol.Outcome) *subjectv1.ActResponse {
	return &subjectv1.ActResponse{
		Status:  text(string(o.Status)),
		Message: text(o.Message),
		Changes: each(o.Changes, func(c protocol.Change) *subjectv1.Change {
			return &subjectv1.Change{Entity: text(c.Entity), Field: text(c.Field), Before: c.Before, After: c.After}
		}),
	}
}

func outcomeFromProto(o *subjectv1.ActResponse) protocol.Outcome {
	return protocol.Outcome{
		Status:  protocol.OutcomeStatus(o.GetStatus()),
		Message: o.GetMessage(),
		Changes: each(o.GetChanges(), func(c *subjectv1.Change) protocol.Change {
			return protocol.Change{Entity: c.GetEntity(), Field: c.GetField(), Before: c.GetBefore(), After: c.GetAfter()}
		}),
	}
}
