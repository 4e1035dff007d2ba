package subjecttest_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// deafActor waits whatever its context says.
func deafActor(suite *subjecttest.Suite, system *tallies) {
	acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
		system.hold()
		return next(ctx, a)
	})(suite, system)
}

// whenAway breaks what Act does where the server is away.
func whenAway(outcome protocol.Outcome) mutant {
	return acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
		done, err := next(ctx, a)
		if protocol.CodeOf(err) == protocol.Unavailable {
			return outcome, nil
		}
		return done, err
	})
}

func actTimeBreaches() map[string]breach {
	return map[string]breach{
		"act/ended": {
			reason: "nobody looks whether the caller is still there", says: "changed the system",
			mutant: acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
				if err := ctx.Err(); err != nil {
					_, _ = next(context.WithoutCancel(ctx), a)
					return protocol.Outcome{}, &protocol.Error{Code: protocol.CodeOf(err), Message: "given up", Effect: protocol.EffectNone, Err: err}
				}
				return next(ctx, a)
			}),
		},
		"act/bounded": {reason: "it waits for what hangs", mutant: deafActor, says: "had not returned"},
		"act/cancel":  {reason: "it waits for what hangs", mutant: deafActor, says: "had not returned"},
		"act/down_dry_run": {
			reason: "what could not be read is said to be 0", says: "cannot be read",
			mutant: whenAway(protocol.Outcome{Status: protocol.OutcomePlanned, Changes: []protocol.Change{
				{Entity: "apples", Field: "count", Before: json.RawMessage("0"), After: json.RawMessage("0")},
			}}),
		},
		"act/down": {
			reason: "nobody was there to be told, and it was accepted", says: "the outcome is",
			mutant: whenAway(protocol.Outcome{Status: protocol.OutcomeAccepted, Message: "told the server"}),
		},
	}
}

func closeBreaches() map[string]breach {
	return map[string]breach{
		"close/again": {
			reason: "the second time is an error", says: "closed already",
			mutant: func(suite *subjecttest.Suite, _ *tallies) {
				var closed atomic.Bool
				closes(func(next func() error) error {
					if closed.Swap(true) {
						return errors.New("closed already")
					}
					return next()
				})(suite, nil)
			},
		},
		"close/fails_calls": {
			reason: "nothing is closed", says: "Observe after Close",
			mutant: closes(func(func() error) error { return nil }),
		},
		"close/in_flight": {
			reason: "Close does not end the calls", says: "still under way: Act",
			mutant: closes(func(func() error) error { return nil }),
		},
		"close/releases": {
			reason: "each observation leaves a goroutine", says: "goroutines that the subject has started",
			mutant: func(suite *subjecttest.Suite, system *tallies) {
				observes(func(ctx context.Context, next observer) (protocol.Observation, error) {
					go system.hold()
					return next(ctx)
				})(suite, system)
			},
		},
	}
}

func errorsBreaches() map[string]breach {
	return map[string]breach{
		"errors/typed": {
			reason: "the context's own error", says: "no *protocol.Error",
			mutant: observes(func(ctx context.Context, next observer) (protocol.Observation, error) {
				if err := ctx.Err(); err != nil {
					return protocol.Observation{}, err
				}
				return next(ctx)
			}),
		},
		"errors/known_code": {
			reason: "a code that there is not", says: `"Oops"`,
			mutant: garbles(func(e *protocol.Error) { e.Code = "Oops" }),
		},
		"errors/message": {
			reason: "an error that says nothing", says: "0 bytes",
			mutant: garbles(func(e *protocol.Error) { e.Message = "" }),
		},
		"errors/printable": {
			reason: "an error that clears the screen", says: "U+001B",
			mutant: garbles(func(e *protocol.Error) { e.Message += "\x1b[2J" }),
		},
		"errors/effect": {
			reason: "an error of Act that leaves it open", says: "want not_applied, applied or unknown",
			mutant: garbles(func(e *protocol.Error) { e.Effect = "" }),
		},
		"errors/fields": {
			reason: "an error that does not say what is wrong", says: "without Fields",
			mutant: garbles(func(e *protocol.Error) { e.Fields = nil }),
		},
		"errors/retryable": {
			reason: "nobody knows what happened, and it may be done again", says: "Retryable",
			mutant: garbles(func(e *protocol.Error) {
				if e.Effect != "" {
					e.Effect, e.Retryable = protocol.EffectUnknown, true
				}
			}),
		},
		"errors/secrets": {
			reason: "the source's message has the token in it", says: "writeOnly",
			mutant: shows(func(o *protocol.Observation) {
				if len(o.Unchecked) > 0 {
					o.Sources[1].Message = "dial http://user:" + token + "@server"
				}
			}),
		},
	}
}
