package kit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// An Actor carries out a catalogue of actions, each at most once, as
// [protocol.Subject] promises. It remembers the last 4,096 actions. It is safe
// for concurrent use.
type Actor struct {
	names    []string
	handlers map[string]Handler
	params   map[string]*Validator
	ledger   *ledger
}

// NewActor returns an Actor for the handlers. It fails when two have the same
// name or a schema of theirs does not compile.
func NewActor(handlers ...Handler) (*Actor, error) {
	a := &Actor{handlers: make(map[string]Handler), params: make(map[string]*Validator), ledger: newLedger()}
	for _, h := range handlers {
		if _, twice := a.handlers[h.spec.Name]; twice {
			return nil, fmt.Errorf("action %s has two handlers", h.spec.Name)
		}
		v, err := NewValidator(h.spec.Params)
		if err != nil {
			return nil, fmt.Errorf("parameters of action %s: %w", h.spec.Name, err)
		}
		a.names = append(a.names, h.spec.Name)
		a.handlers[h.spec.Name], a.params[h.spec.Name] = h, v
	}
	return a, nil
}

// Act carries out one action as [protocol.Subject] promises. A panic of the
// handler goes on to the caller; the action is then remembered as one of
// unknown effect.
func (a *Actor) Act(ctx context.Context, action protocol.Action) (protocol.Outcome, error) {
	request, do, err := a.check(action)
	if err != nil {
		return protocol.Outcome{}, err
	}
	if action.DryRun {
		if ctx.Err() != nil {
			return protocol.Outcome{}, givenUp(ctx, action.Name)
		}
		outcome, err := do(ctx, true)
		if err != nil {
			return protocol.Outcome{}, settled(action.Name, err, protocol.EffectNone)
		}
		return outcome, nil
	}
	for {
		run, first, err := a.ledger.begin(ctx, request)
		switch {
		case err != nil:
			return protocol.Outcome{}, err
		case first:
			return a.carryOut(ctx, run, do)
		}
		if err := run.wait(ctx); err != nil {
			return protocol.Outcome{}, err
		}
		// The first caller may have given up before anything was changed, which
		// is not this caller's outcome.
		if outcome, err, abandoned := a.ledger.result(run); !abandoned {
			return outcome, err
		}
	}
}

// carryOut does what an execution is about, and publishes what came of it.
func (a *Actor) carryOut(ctx context.Context, run *execution, do work) (protocol.Outcome, error) {
	// Until it is known better: whatever ends the handler, a panic or the end of
	// its goroutine included, has done nobody knows what.
	var outcome protocol.Outcome
	var err error = &protocol.Error{
		Code: protocol.Internal, Effect: protocol.EffectUnknown,
		Message: run.request.name + ": a bug: the action ended without an outcome",
	}
	defer func() { a.ledger.finish(run, outcome, err, ctx.Err() != nil) }()

	done, failed := do(ctx, false)
	if failed = settled(run.request.name, failed, protocol.EffectUnknown); failed != nil {
		done = protocol.Outcome{}
	}
	outcome, err = done, failed
	return copied(outcome), err
}

// check validates everything about an action that can be without the system,
// and names everything that is wrong.
func (a *Actor) check(action protocol.Action) (request, work, error) {
	handler, ok := a.handlers[action.Name]
	if !ok {
		return request{}, nil, invalid("act", []protocol.FieldError{{
			Path:    "name",
			Message: fmt.Sprintf("there is no action %s; there are %s", failure.Quote(action.Name), strings.Join(a.names, ", ")),
		}})
	}
	var wrong []protocol.FieldError
	if n := len(action.ID); n > protocol.MaxActionIDLen || n == 0 && !action.DryRun {
		wrong = append(wrong, protocol.FieldError{
			Path: "id", Message: fmt.Sprintf("want 1 to %d bytes, got %d", protocol.MaxActionIDLen, n),
		})
	}
	raw := action.Params
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = json.RawMessage(`{}`)
	}
	params, fields := a.params[action.Name].parse(raw)
	var do work
	if len(fields) == 0 {
		do, fields = handler.bind(params)
	}
	if wrong = append(wrong, fields...); len(wrong) > 0 {
		return request{}, nil, invalid(action.Name, wrong)
	}
	text, err := canonical(params)
	if err != nil { // not reached: it came from JSON
		return request{}, nil, invalid(action.Name, []protocol.FieldError{{Message: textOf(err)}})
	}
	return request{id: action.ID, name: action.Name, params: sha256.Sum256(text)}, do, nil
}

func invalid(op string, fields []protocol.FieldError) error {
	return &protocol.Error{
		Code: protocol.InvalidArgument, Message: op + " refused", Effect: protocol.EffectNone, Fields: fields,
	}
}

// givenUp is the error of a call that ended before anything was begun.
func givenUp(ctx context.Context, op string) error {
	err := ctx.Err()
	return &protocol.Error{
		Code: protocol.CodeOf(err), Message: op + ": nothing was begun: " + context.Cause(ctx).Error(), Effect: protocol.EffectNone, Err: err,
	}
}
