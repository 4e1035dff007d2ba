package supervisor

import (
	"errors"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// maxMessage is how much of a message is kept where all of it is too much.
const maxMessage = 1 << 10

// abridged is an outcome as it is remembered. It shares nothing with the
// caller's.
func abridged(o protocol.Outcome) protocol.Outcome {
	n := len(o.Message) + len(o.Status)
	for _, c := range o.Changes {
		n += len(c.Entity) + len(c.Field) + len(c.Before) + len(c.After) + 64
	}
	if n <= maxResultBytes {
		return cloned(o)
	}
	return protocol.Outcome{
		Status:  protocol.OutcomeStatus(cut(string(o.Status))),
		Message: cut(o.Message) + " (what it changed is no longer remembered)",
	}
}

// cloned keeps callers from changing what is remembered.
func cloned(o protocol.Outcome) protocol.Outcome {
	o.Changes = slices.Clone(o.Changes)
	for i, c := range o.Changes {
		o.Changes[i].Before, o.Changes[i].After = slices.Clone(c.Before), slices.Clone(c.After)
	}
	return o
}

// abridgedError is an error as it is remembered: without its cause, which may
// hold on to anything.
func abridgedError(err error) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok {
		return &protocol.Error{Code: protocol.CodeOf(err), Message: cut(err.Error()), Effect: protocol.EffectUnknown}
	}
	kept := &protocol.Error{Code: e.Code, Message: e.Message, Effect: protocol.EffectOf(err), Fields: slices.Clone(e.Fields)}
	n := len(e.Message)
	for _, f := range e.Fields {
		n += len(f.Path) + len(f.Message) + 64
	}
	if n > maxResultBytes {
		kept.Message, kept.Fields = cut(e.Message), nil
	}
	return kept
}

// cut returns the beginning of a long text.
func cut(s string) string {
	if len(s) <= maxMessage {
		return strings.Clone(s)
	}
	return strings.ToValidUTF8(s[:maxMessage], "") + "..."
}
