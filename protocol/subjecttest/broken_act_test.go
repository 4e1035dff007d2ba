package subjecttest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

func actRefuseBreaches() map[string]breach {
	return map[string]breach{
		"act/examples": {
			reason: "an action is declared and cannot be tried", says: `give Suite.Actions["add"]`,
			mutant: func(suite *subjecttest.Suite, _ *tallies) { delete(suite.Actions, "add") },
		},
		"act/unknown_action": {
			reason: "another code", says: "want InvalidArgument, got NotFound",
			mutant: garbles(func(e *protocol.Error) { e.Code = protocol.NotFound }),
		},
		"act/needs_id": {
			reason: "an ID is made up", says: "without an ID",
			mutant: acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
				if a.ID == "" {
					a.ID = protocol.NewActionID()
				}
				return next(ctx, a)
			}),
		},
		"act/long_id": {
			reason: "an ID is cut", says: "129 bytes",
			mutant: acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
				a.ID = a.ID[:min(len(a.ID), protocol.MaxActionIDLen)]
				return next(ctx, a)
			}),
		},
		"act/missing_param": {reason: "what is missing is made up", mutant: pardons("is required"), says: "a required field"},
		"act/unknown_param": {reason: "what is not known is left out", mutant: pardons("there is no such field"), says: "does not know"},
		"act/wrong_type":    {reason: "what is no number is taken for one", mutant: pardons("want integer"), says: "by = true"},
		"act/out_of_range":  {reason: "what is too much is cut", mutant: pardons("must be at most"), says: "by = 1001"},
		"act/all_at_once": {
			reason: "the first wrong parameter is all that is told", says: "want a Field for each of",
			mutant: garbles(func(e *protocol.Error) { e.Fields = e.Fields[:min(1, len(e.Fields))] }),
		},
		"act/junk": {
			reason: "null is taken for the parameters that one would want", says: `"null"`,
			mutant: acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
				if string(a.Params) == "null" {
					a.Params = json.RawMessage(`{"name": "apples"}`)
				}
				return next(ctx, a)
			}),
		},
		"act/empty_params": {
			reason: "without parameters it is another error", says: "and with {} to",
			mutant: acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
				if len(a.Params) == 0 {
					a.Params = json.RawMessage("[]")
				}
				return next(ctx, a)
			}),
		},
		"act/huge": {
			reason: "an error without a code", says: "huge",
			mutant: acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
				if len(a.Params) > 1<<20 {
					return protocol.Outcome{}, errors.New("too long")
				}
				return next(ctx, a)
			}),
		},
		"act/not_unicode": {
			reason: "what is no UTF-8 is replaced", says: "name with invalid UTF-8",
			mutant: acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
				a.Params = bytes.ToValidUTF8(a.Params, []byte("\uFFFD"))
				return next(ctx, a)
			}),
		},
		"act/hostile": {
			reason: "a name is cleaned as if it were a path", says: "the outcome is about",
			mutant: acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
				outcome, err := next(ctx, a)
				for i := range outcome.Changes {
					outcome.Changes[i].Entity = path.Clean(outcome.Changes[i].Entity)
				}
				return outcome, err
			}),
		},
		"act/checks_first": {
			reason: "the server is asked first", says: "while the system does not answer",
			mutant: func(suite *subjecttest.Suite, _ *tallies) { suite.Start = asksFirst() },
		},
		"act/refusal_changes_nothing": {
			reason: "it is refused when it is done", says: "changed the system",
			mutant: func(suite *subjecttest.Suite, system *tallies) {
				acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
					outcome, err := next(ctx, a)
					if err != nil {
						system.mu.Lock()
						system.writes++
						system.mu.Unlock()
					}
					return outcome, err
				})(suite, system)
			},
		},
	}
}

// asksFirst looks at the server before it looks at the action.
func asksFirst() func(context.Context) (subjecttest.Instance, error) {
	return subjecttest.InProcess(broken(hooks{
		open: func(ctx context.Context, config json.RawMessage, next opener) (protocol.Subject, error) {
			s, err := next(ctx, config)
			if err != nil {
				return nil, err
			}
			return &hooked{s, hooks{act: func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
				if o, err := s.Observe(ctx); err != nil || len(o.Unchecked) > 0 {
					return protocol.Outcome{}, &protocol.Error{Code: protocol.Unavailable, Message: "the server is away", Effect: protocol.EffectNone}
				}
				return next(ctx, a)
			}}}, nil
		},
	}))
}
