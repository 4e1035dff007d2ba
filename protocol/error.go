package protocol

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
)

// An Error is what a Subject's methods and a Definition's Open return. It
// crosses the process boundary whole but for Err: errors.As finds it, and
// errors.Is finds context.Canceled and context.DeadlineExceeded in it, in
// either process.
type Error struct {
	// Code is the kind of error.
	Code Code `json:"code"`
	// Message says what was tried, on what, and what to do, for a person.
	Message string `json:"message"`
	// Retryable tells that the same call may succeed later.
	Retryable bool `json:"retryable,omitempty"`
	// Effect tells, of Act, whether the change was made.
	Effect Effect `json:"effect,omitempty"`
	// Fields are what is wrong with the input, of InvalidArgument.
	Fields []FieldError `json:"fields,omitempty"`
	// Err is the cause. It stays in its process.
	Err error `json:"-"`
}

// A FieldError is one wrong field of a configuration or of an action.
type FieldError struct {
	// Path leads to the field from the document's root: "redis.timeout",
	// "management.urls[0]". It is empty for the document itself.
	Path string `json:"path"`
	// Message says what is wrong with it.
	Message string `json:"message"`
}

// String renders path and message.
func (f FieldError) String() string {
	if f.Path == "" {
		return f.Message
	}
	return f.Path + ": " + f.Message
}

// Code is the kind of an [Error]: gRPC's code names.
type Code string

// The codes. Their meanings are gRPC's (https://grpc.io/docs/guides/status-codes/);
// how they are used here is said beside them.
const (
	Canceled           Code = "Canceled"           // the caller gave up
	UnknownError       Code = "Unknown"            // an error that carried no code
	InvalidArgument    Code = "InvalidArgument"    // Fields tell which
	DeadlineExceeded   Code = "DeadlineExceeded"   // the caller's deadline passed
	NotFound           Code = "NotFound"           // the entity does not exist
	AlreadyExists      Code = "AlreadyExists"      //
	PermissionDenied   Code = "PermissionDenied"   // the system does not permit it
	ResourceExhausted  Code = "ResourceExhausted"  // a bound, such as a message's size
	FailedPrecondition Code = "FailedPrecondition" // not in this state, such as closed
	Aborted            Code = "Aborted"            // lost against something concurrent
	OutOfRange         Code = "OutOfRange"         //
	Unimplemented      Code = "Unimplemented"      // the subject cannot do this
	Internal           Code = "Internal"           // a bug
	Unavailable        Code = "Unavailable"        // the system or the plugin is not there
	DataLoss           Code = "DataLoss"           //
	Unauthenticated    Code = "Unauthenticated"    // the system does not accept who we are
)

// Effect is whether an action's change was made.
type Effect string

// The effects. The zero value is for errors that are not of Act.
const (
	// EffectNone: nothing was changed; trying again is safe.
	EffectNone Effect = "not_applied"
	// EffectApplied: the change was made, and something after it failed.
	EffectApplied Effect = "applied"
	// EffectUnknown: the request was sent and no answer came.
	EffectUnknown Effect = "unknown"
)

// Error renders the message, what is wrong with each field, and a warning where
// nobody knows whether a change was made.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(cmp.Or(e.Message, string(e.Code), string(UnknownError)))
	for i, f := range e.Fields {
		if i == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString("; ")
		}
		b.WriteString(f.String())
	}
	if e.Effect == EffectUnknown {
		b.WriteString(" (it is unknown whether the change was made: observe before anything else)")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is work for the context package's errors on both sides of the
// process boundary.
func (e *Error) Is(target error) bool {
	return e.Code == Canceled && target == context.Canceled ||
		e.Code == DeadlineExceeded && target == context.DeadlineExceeded
}

// Errorf returns an Error with a formatted message; %w keeps the cause, or each
// of several.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	e := &Error{Code: code, Message: err.Error(), Err: errors.Unwrap(err)}
	if _, several := err.(interface{ Unwrap() []error }); several {
		e.Err = err
	}
	return e
}

// CodeOf returns err's code: that of the first [Error] in its chain, Canceled
// or DeadlineExceeded for the context package's errors, UnknownError for any
// other error and for one whose code is empty, and "" for nil and nothing else.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return cmp.Or(e.Code, UnknownError)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return DeadlineExceeded
	default:
		return UnknownError
	}
}

// EffectOf returns the effect that err, an error of Act, declares. An error
// that declares none may have come after the request was sent, so it is
// EffectUnknown; for nil it is EffectApplied.
func EffectOf(err error) Effect {
	if err == nil {
		return EffectApplied
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Effect != "" {
		return e.Effect
	}
	return EffectUnknown
}
