package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A plugin in another language may leave out anything.
func TestAbsentIsNotZero(t *testing.T) {
	t.Parallel()
	got := observationFromProto(&subjectv1.Observation{
		Sources: []*subjectv1.Source{{}}, Violations: []*subjectv1.Violation{{}}, Unchecked: []*subjectv1.Unchecked{{}},
	})
	want := protocol.Observation{
		Sources: []protocol.Source{{}}, Violations: []protocol.Violation{{}}, Unchecked: []protocol.Unchecked{{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("an observation of nothing (-want +got):\n%s", diff)
	}
	def := definitionFromProto(&subjectv1.Definition{Invariants: []*subjectv1.Invariant{{}}, Actions: []*subjectv1.ActionSpec{{}}})
	if err := def.Validate(); err == nil {
		t.Error("a definition of nothing is valid")
	}
	if diff := cmp.Diff(protocol.Outcome{Changes: []protocol.Change{{}}}, outcomeFromProto(&subjectv1.ActResponse{Changes: []*subjectv1.Change{{}}})); diff != "" {
		t.Errorf("an outcome of nothing (-want +got):\n%s", diff)
	}
}

func TestEveryCodeCrosses(t *testing.T) {
	t.Parallel()
	all := []protocol.Code{
		protocol.Canceled, protocol.UnknownError, protocol.InvalidArgument, protocol.DeadlineExceeded, protocol.NotFound,
		protocol.AlreadyExists, protocol.PermissionDenied, protocol.ResourceExhausted, protocol.FailedPrecondition,
		protocol.Aborted, protocol.OutOfRange, protocol.Unimplemented, protocol.Internal, protocol.Unavailable,
		protocol.DataLoss, protocol.Unauthenticated,
	}
	if len(all) != len(grpcCodes) {
		t.Errorf("%d codes on the wire, want %d", len(grpcCodes), len(all))
	}
	for _, code := range all {
		e, ok := errorFromDetail(status.Convert(errorToStatus(&protocol.Error{Code: code, Message: "m"})))
		if !ok || e.Code != code {
			t.Errorf("%s: got %v, %t", code, e, ok)
		}
	}
	for _, odd := range []protocol.Code{"", "OK", "Odd"} {
		if e, _ := errorFromDetail(status.Convert(errorToStatus(&protocol.Error{Code: odd, Message: "m"}))); e == nil || e.Code != protocol.UnknownError {
			t.Errorf("%q: got %v", odd, e)
		}
	}
}

func TestErrorsOfTheTransport(t *testing.T) {
	t.Parallel()
	live := t.Context()
	canceled, cancel := context.WithCancel(live)
	cancel()
	over, cancelOver := context.WithDeadline(live, time.Now().Add(-time.Second))
	t.Cleanup(cancelOver)
	tests := map[string]struct {
		reason string
		ctx    context.Context
		closed bool
		err    error
		want   protocol.Error
	}{
		"Canceled": {
			"The caller's own context is the best witness, whatever the transport says.", canceled, false,
			status.Error(codes.Unavailable, "x"),
			protocol.Error{Code: protocol.Canceled, Message: "observe: canceled before the plugin answered"},
		},
		"Deadline": {
			"Likewise.", over, false, status.Error(codes.Canceled, "x"),
			protocol.Error{Code: protocol.DeadlineExceeded, Message: "observe: the plugin did not answer before the deadline"},
		},
		"Closed": {
			"Whoever closes a plugin has not canceled its calls.", live, true, status.Error(codes.Canceled, "closing"),
			protocol.Error{Code: protocol.FailedPrecondition, Message: "observe: the plugin was closed meanwhile"},
		},
		"CanceledByNobody": {
			"A cancellation that is not the caller's is a broken connection.", live, false, status.Error(codes.Canceled, "closing"),
			protocol.Error{Code: protocol.Unavailable, Message: "observe: closing", Retryable: true},
		},
		"Unavailable": {
			"It may come back.", live, false, status.Error(codes.Unavailable, "a\nb"),
			protocol.Error{Code: protocol.Unavailable, Message: `observe: a\nb`, Retryable: true},
		},
		"Unimplemented": {
			"Something else is served there.", live, false, status.Error(codes.Unimplemented, "unknown service"),
			protocol.Error{Code: protocol.Unimplemented, Message: "observe: unknown service"},
		},
		"NoStatus": {
			"An error of no transport that we know.", live, false, io.EOF,
			protocol.Error{Code: protocol.UnknownError, Message: "observe: EOF"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &remote{}
			r.closed.Store(tc.closed)
			got := r.failed(tc.ctx, "observe", tc.err)
			if diff := cmp.Diff(&tc.want, got, cmpopts.IgnoreFields(protocol.Error{}, "Err")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
			if got.Err == nil {
				t.Errorf("%s: the cause is lost", tc.reason)
			}
		})
	}
}

func TestErrorInsideAnother(t *testing.T) {
	t.Parallel()
	inner := &protocol.Error{
		Code: protocol.NotFound, Message: "no key", Effect: protocol.EffectUnknown,
		Fields: []protocol.FieldError{{Path: "key", Message: "is gone"}},
	}
	outer := fmt.Errorf("reset (%w) failed", inner)
	got, ok := errorFromDetail(status.Convert(errorToStatus(outer)))
	want := &protocol.Error{Code: protocol.NotFound, Message: "reset (no key) failed", Effect: protocol.EffectUnknown, Fields: inner.Fields}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("what is around an error crosses, and its own texts once (-want +got):\n%s", diff)
	}
}

func TestWithWayBack(t *testing.T) {
	t.Parallel()
	if ctx, cancel := withWayBack(t.Context()); ctx != t.Context() {
		cancel()
		t.Error("a deadline from nowhere")
	}
	for left, want := range map[time.Duration]time.Duration{
		time.Minute: 20 * time.Millisecond,
		time.Hour:   20 * time.Millisecond,
		-time.Hour:  -6 * time.Minute, // over is over
	} {
		deadline := time.Now().Add(left)
		outer, cancelOuter := context.WithDeadline(t.Context(), deadline)
		ctx, cancel := withWayBack(outer)
		got, _ := ctx.Deadline()
		if left < 0 {
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				t.Errorf("%s left: not over", left)
			}
		} else if early := deadline.Sub(got); early != want {
			t.Errorf("%s left: the subject's deadline is %s before the host's, want %s", left, early, want)
		}
		cancel()
		cancelOuter()
	}
}
