package kit_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// actError is what of an action's error a program goes by.
type actError struct {
	Code      protocol.Code
	Effect    protocol.Effect
	Retryable bool
}

func asActError(t *testing.T, err error) actError {
	t.Helper()
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok {
		t.Fatalf("%v is not the contract's", err)
	}
	return actError{e.Code, e.Effect, e.Retryable}
}

// TestActError has every class of a client's error: of a call before the change,
// of the change itself where nothing was sent, and where something was.
func TestActError(t *testing.T) {
	const none, unknown = protocol.EffectNone, protocol.EffectUnknown
	classes := map[failure.Class]struct {
		code      protocol.Code
		retryable bool // while nothing was changed
		refusal   bool // an answer that says that nothing was changed
	}{
		failure.Unreachable:     {code: protocol.Unavailable, retryable: true},
		failure.Timeout:         {code: protocol.DeadlineExceeded, retryable: true},
		failure.Canceled:        {code: protocol.Canceled},
		failure.Unauthenticated: {code: protocol.Unauthenticated, refusal: true},
		failure.Forbidden:       {code: protocol.PermissionDenied, refusal: true},
		failure.Rejected:        {code: protocol.FailedPrecondition, refusal: true},
		failure.Invalid:         {code: protocol.InvalidArgument, refusal: true},
		failure.Failing:         {code: protocol.Unavailable, retryable: true},
		failure.Malformed:       {code: protocol.Internal},
		failure.TooLarge:        {code: protocol.ResourceExhausted},
		failure.WrongType:       {code: protocol.FailedPrecondition, refusal: true},
		failure.ReadOnly:        {code: protocol.FailedPrecondition, refusal: true},
		failure.OutOfMemory:     {code: protocol.ResourceExhausted, refusal: true},
		failure.Loading:         {code: protocol.Unavailable, retryable: true, refusal: true},
		failure.ClusterDown:     {code: protocol.Unavailable, retryable: true},
		"of tomorrow":           {code: protocol.Unavailable, retryable: true},
	}
	for class, tc := range classes {
		cases := map[string]struct {
			sent, reached bool
			want          actError
		}{
			"Before":  {sent: false, reached: true, want: actError{tc.code, none, tc.retryable}},
			"NotSent": {sent: true, reached: false, want: actError{tc.code, none, tc.retryable}},
			"Sent":    {sent: true, reached: true, want: actError{tc.code, unknown, false}},
		}
		for name, step := range cases {
			if step.sent && step.reached && tc.refusal {
				step.want = actError{tc.code, none, tc.retryable}
			}
			t.Run(string(class)+"/"+name, func(t *testing.T) {
				cause := &failure.Error{Op: "POST /reset", Class: class, Sent: step.reached}
				err := kit.ActError("reset", fmt.Errorf("around: %w", cause), step.sent)
				if diff := cmp.Diff(step.want, asActError(t, err)); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				if !errors.Is(err, cause) {
					t.Error("the cause is lost")
				}
			})
		}
	}
}

func TestActErrorOfOthers(t *testing.T) {
	sent := &failure.Error{Op: "a", Class: failure.Timeout, Sent: true}
	unsent := &failure.Error{Op: "b", Class: failure.Unreachable}
	refused := &failure.Error{Op: "c", Class: failure.Rejected, Sent: true}
	cases := map[string]struct {
		reason string
		err    error
		sent   bool
		want   actError
	}{
		"Plain":          {reason: "Nobody knows what happened.", err: errors.New("a"), sent: true, want: actError{protocol.Unavailable, protocol.EffectUnknown, false}},
		"PlainBefore":    {reason: "Before the change nothing was changed, whatever it is.", err: errors.New("a"), want: actError{protocol.Unavailable, protocol.EffectNone, true}},
		"Context":        {reason: "The caller gave up after sending.", err: context.Canceled, sent: true, want: actError{protocol.Canceled, protocol.EffectUnknown, false}},
		"Deadline":       {reason: "Too late after sending.", err: context.DeadlineExceeded, sent: true, want: actError{protocol.DeadlineExceeded, protocol.EffectUnknown, false}},
		"NoneSent":       {reason: "No endpoint got anything.", err: errors.Join(unsent, refused), sent: true, want: actError{protocol.Unavailable, protocol.EffectNone, true}},
		"OneSent":        {reason: "One of them is enough, wherever it is.", err: errors.Join(unsent, sent), sent: true, want: actError{protocol.Unavailable, protocol.EffectUnknown, false}},
		"OneSentDeep":    {reason: "However deep.", err: fmt.Errorf("x: %w", errors.Join(refused, fmt.Errorf("y: %w", errors.Join(unsent, sent)))), sent: true, want: actError{protocol.FailedPrecondition, protocol.EffectUnknown, false}},
		"OneUnknown":     {reason: "Nor may one be ignored that nothing is known of.", err: errors.Join(refused, errors.New("a")), sent: true, want: actError{protocol.FailedPrecondition, protocol.EffectUnknown, false}},
		"Contract":       {reason: "What is the contract's stays.", err: &protocol.Error{Code: protocol.NotFound, Effect: protocol.EffectNone, Retryable: true}, sent: true, want: actError{protocol.NotFound, protocol.EffectNone, true}},
		"ContractNoWord": {reason: "One without an effect gets one.", err: &protocol.Error{Code: protocol.NotFound}, sent: true, want: actError{protocol.NotFound, protocol.EffectUnknown, false}},
		"ContractBefore": {reason: "Before the change that is none.", err: &protocol.Error{Code: protocol.NotFound}, want: actError{protocol.NotFound, protocol.EffectNone, false}},
		"NoBlindRetry":   {reason: "What may have happened is not to be tried again.", err: &protocol.Error{Code: protocol.Unavailable, Effect: protocol.EffectUnknown, Retryable: true}, sent: true, want: actError{protocol.Unavailable, protocol.EffectUnknown, false}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, asActError(t, kit.ActError("reset", tc.err, tc.sent))); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
	if err := kit.ActError("reset", nil, true); err != nil {
		t.Errorf("no error became %v", err)
	}
}

func TestActErrorText(t *testing.T) {
	got, _ := errors.AsType[*protocol.Error](kit.ActError("reset_counter", &failure.Error{
		Op: "POST /api/counters/a/reset", Target: "http://h", Class: failure.Failing, Status: 500, Detail: `"oops"`, Sent: true,
	}, true))
	want := &protocol.Error{
		Code: protocol.Unavailable, Effect: protocol.EffectUnknown,
		Message: `reset_counter: POST /api/counters/a/reset on http://h: failing (status 500): "oops"`,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(protocol.Error{}, "Err")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := kit.ActError("reset", errors.New("\x1b[2J"), true).Error(); got != `reset: \x1b[2J (it is unknown whether the change was made: observe before anything else)` {
		t.Errorf("got %q", got)
	}
}
