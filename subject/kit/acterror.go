package kit

import (
	"errors"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// ActError makes a client's error the contract's error of an action. sent tells
// that the failed call was the one that changes something; a call before it
// changed nothing. op says what was tried. An error that is the contract's
// already stays what it is, and gets an effect if it has none; nil stays nil.
func ActError(op string, err error, sent bool) error {
	if err == nil {
		return nil
	}
	effect := protocol.EffectNone
	if sent && mayHaveHappened(err) {
		effect = protocol.EffectUnknown
	}
	if _, ok := errors.AsType[*protocol.Error](err); ok {
		return settled(op, err, effect)
	}
	e := &protocol.Error{Message: op + ": " + textOf(err), Effect: effect, Err: err}
	switch failure.ClassOf(err) {
	case failure.Canceled:
		e.Code = protocol.Canceled
	case failure.Timeout:
		e.Code, e.Retryable = protocol.DeadlineExceeded, true
	case failure.Unauthenticated:
		e.Code = protocol.Unauthenticated
	case failure.Forbidden:
		e.Code = protocol.PermissionDenied
	case failure.Invalid:
		e.Code = protocol.InvalidArgument
	case failure.Rejected, failure.WrongType, failure.ReadOnly:
		e.Code = protocol.FailedPrecondition
	case failure.TooLarge, failure.OutOfMemory:
		e.Code = protocol.ResourceExhausted
	case failure.Malformed:
		e.Code = protocol.Internal
	default:
		e.Code, e.Retryable = protocol.Unavailable, true
	}
	e.Retryable = e.Retryable && effect == protocol.EffectNone
	return e
}

// mayHaveHappened reports whether a failed call may still have changed
// something: it was sent, and the answer is not a refusal. Of several errors one
// that may is enough.
func mayHaveHappened(err error) bool {
	switch e := err.(type) { //nolint:errorlint // it walks the chain itself, every branch of it
	case *failure.Error:
		switch e.Class {
		case failure.Unauthenticated, failure.Forbidden, failure.Rejected, failure.Invalid,
			failure.WrongType, failure.ReadOnly, failure.OutOfMemory, failure.Loading:
			return false
		default:
			return e.Sent
		}
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(e.Unwrap(), mayHaveHappened) || len(e.Unwrap()) == 0
	case interface{ Unwrap() error }:
		return mayHaveHappened(e.Unwrap())
	default: // nothing is known of it, or it ended in nil
		return true
	}
}

// settled makes sure that an error of an action is the contract's, says what
// became of the change, and promises no retry that the memory of the action's
// ID will not permit. fallback is the effect of an error that says none.
func settled(op string, err error, fallback protocol.Effect) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok {
		return &protocol.Error{Code: protocol.CodeOf(err), Message: op + ": " + textOf(err), Effect: fallback, Err: err}
	}
	effect := effectOf(err, fallback)
	retryable := e.Retryable && effect == protocol.EffectNone
	if e.Effect == effect && e.Retryable == retryable {
		return e
	}
	changed := *e
	changed.Effect, changed.Retryable = effect, retryable
	return &changed
}

// effectOf is what an error says became of the change. Where several errors are
// joined the worst counts: one step that changed nothing does not speak for
// the others.
func effectOf(err error, fallback protocol.Effect) protocol.Effect {
	switch e := err.(type) { //nolint:errorlint // it walks the chain itself, every branch of it
	case *protocol.Error:
		if e.Effect != "" {
			return e.Effect
		}
		return fallback
	case interface{ Unwrap() []error }:
		worst := protocol.EffectNone
		for _, branch := range e.Unwrap() {
			switch effect := effectOf(branch, fallback); {
			case effect == protocol.EffectNone, worst == protocol.EffectUnknown:
			case effect == protocol.EffectApplied:
				worst = effect
			default:
				worst = protocol.EffectUnknown
			}
		}
		return worst
	case interface{ Unwrap() error }:
		return effectOf(e.Unwrap(), fallback)
	default:
		return fallback
	}
}
