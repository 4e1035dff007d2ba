package protocol_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestErrorText(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		err    *protocol.Error
		want   string
	}{
		"Message": {
			reason: "The message speaks for itself.",
			err:    &protocol.Error{Code: protocol.NotFound, Message: "no such key"},
			want:   "no such key",
		},
		"Fields": {
			reason: "Every wrong field is named; the document itself has no path.",
			err: &protocol.Error{Code: protocol.InvalidArgument, Message: "open ratelimiter", Fields: []protocol.FieldError{
				{Path: "redis.timeout", Message: "is negative"}, {Message: "is no JSON"},
			}},
			want: "open ratelimiter: redis.timeout: is negative; is no JSON",
		},
		"UnknownEffect": {
			reason: "Whoever reads it must know that the change may have been made.",
			err:    &protocol.Error{Code: protocol.Unavailable, Message: "reset", Effect: protocol.EffectUnknown},
			want:   "reset (it is unknown whether the change was made: observe before anything else)",
		},
		"KnownEffect": {
			reason: "Of a known effect the message tells what there is to tell.",
			err:    &protocol.Error{Code: protocol.Unavailable, Message: "reset", Effect: protocol.EffectNone},
			want:   "reset",
		},
		"NoMessage": {
			reason: "No error is without words.",
			err:    &protocol.Error{Code: protocol.Aborted, Fields: []protocol.FieldError{{Path: "a", Message: "b"}}},
			want:   "Aborted: a: b",
		},
		"Zero": {
			reason: "Not even the empty one.",
			err:    &protocol.Error{},
			want:   "Unknown",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, tc.reason, tc.want, tc.err.Error())
		})
	}
}

func TestErrorf(t *testing.T) {
	t.Parallel()
	one := protocol.Errorf(protocol.Unavailable, "read %s: %w", "redis", io.ErrUnexpectedEOF)
	compare(t, "text", "read redis: unexpected EOF", one.Error())
	compare(t, "code", protocol.Unavailable, one.Code)
	if one.Err != io.ErrUnexpectedEOF { //nolint:errorlint // the very cause is kept
		t.Errorf("cause: got %v", one.Err)
	}
	two := protocol.Errorf(protocol.Unavailable, "%w and %w", io.EOF, context.Canceled)
	if !errors.Is(two, io.EOF) || !errors.Is(two, context.Canceled) {
		t.Error("one of two causes is lost")
	}
	compare(t, "text of two", "EOF and context canceled", two.Error())
	if none := protocol.Errorf(protocol.Internal, "a bug"); none.Unwrap() != nil {
		t.Errorf("a cause from nowhere: %v", none.Unwrap())
	}
}

func TestErrorIs(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		err    error
		target error
		want   bool
	}{
		"Canceled":      {"The code stands for context's error.", &protocol.Error{Code: protocol.Canceled}, context.Canceled, true},
		"Deadline":      {"The code stands for context's error.", &protocol.Error{Code: protocol.DeadlineExceeded}, context.DeadlineExceeded, true},
		"OtherWay":      {"Being cancelled is not running out of time.", &protocol.Error{Code: protocol.Canceled}, context.DeadlineExceeded, false},
		"OtherCode":     {"No other code stands for them.", &protocol.Error{Code: protocol.Unavailable}, context.Canceled, false},
		"Wrapped":       {"Through a chain as well.", fmt.Errorf("observe: %w", &protocol.Error{Code: protocol.Canceled}), context.Canceled, true},
		"CauseIsInside": {"The cause is in the chain.", &protocol.Error{Code: protocol.Internal, Err: io.EOF}, io.EOF, true},
		"NoCause":       {"Without a cause nothing is found.", &protocol.Error{Code: protocol.Internal}, io.EOF, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, tc.reason, tc.want, errors.Is(tc.err, tc.target))
		})
	}
}

func TestCodeOfAndEffectOf(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		err    error
		code   protocol.Code
		effect protocol.Effect
	}{
		"Nil":      {"No error: it was done.", nil, "", protocol.EffectApplied},
		"Foreign":  {"An error of nobody's tells nothing.", io.EOF, protocol.UnknownError, protocol.EffectUnknown},
		"Canceled": {"context's errors have codes.", fmt.Errorf("x: %w", context.Canceled), protocol.Canceled, protocol.EffectUnknown},
		"Deadline": {"context's errors have codes.", fmt.Errorf("x: %w", context.DeadlineExceeded), protocol.DeadlineExceeded, protocol.EffectUnknown},
		"Declared": {
			"What an Error declares, found through a chain.",
			fmt.Errorf("x: %w", &protocol.Error{Code: protocol.NotFound, Effect: protocol.EffectNone}), protocol.NotFound, protocol.EffectNone,
		},
		"Applied": {
			"A failure after the change was made.",
			&protocol.Error{Code: protocol.Internal, Effect: protocol.EffectApplied}, protocol.Internal, protocol.EffectApplied,
		},
		"Undeclared": {
			"An Error that declares no effect may have come after the request was sent.",
			&protocol.Error{Code: protocol.InvalidArgument}, protocol.InvalidArgument, protocol.EffectUnknown,
		},
		"First": {
			"The outermost Error is the one that was meant for the caller.",
			protocol.Errorf(protocol.Unavailable, "x: %w", &protocol.Error{Code: protocol.NotFound, Effect: protocol.EffectNone}),
			protocol.Unavailable, protocol.EffectUnknown,
		},
		"NoCode": {"Only nil has no code.", &protocol.Error{Message: "x"}, protocol.UnknownError, protocol.EffectUnknown},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, tc.reason+" (code)", tc.code, protocol.CodeOf(tc.err))
			compare(t, tc.reason+" (effect)", tc.effect, protocol.EffectOf(tc.err))
		})
	}
}
