package subjecttest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

func describeBreaches() map[string]breach {
	return map[string]breach{
		"describe/valid": {
			reason: "the name has a capital letter and a space", says: "is not a name",
			mutant: defines(func(d *protocol.Definition) { d.Name = "The Tallies" }),
		},
		"describe/version": {
			reason: "the version has a v and two numbers", says: `"v1.2"`,
			mutant: defines(func(d *protocol.Definition) { d.Version = "v1.2" }),
		},
		"describe/summaries": {
			reason: "an action's summary has two lines", says: "summary of action zero",
			mutant: defines(func(d *protocol.Definition) { d.Actions[0].Summary = "sets\nto 0" }),
		},
		"describe/guide": {
			reason: "the guide speaks of one action", says: "action add",
			mutant: defines(func(d *protocol.Definition) { d.Guide = "There is zero." }),
		},
		"describe/schemas": {
			reason: "the state's schema has a type that is none", says: "state_schema does not compile",
			mutant: defines(func(d *protocol.Definition) { d.StateSchema = json.RawMessage(`{"type": "document"}`) }),
		},
		"describe/params": {
			reason: "parameters may be anything", says: "params of action zero",
			mutant: defines(func(d *protocol.Definition) { d.Actions[0].Params = json.RawMessage(`{}`) }),
		},
		"describe/entity_params": {
			reason: "entities are text, and the parameter is a number", says: "takes no text",
			mutant: defines(func(d *protocol.Definition) {
				d.Actions[0].Params = json.RawMessage(`{"type": "object", "properties": {"name": {"type": "integer"}}}`)
			}),
		},
		"describe/json": {
			reason: "the guide is no UTF-8", says: "no UTF-8",
			mutant: defines(func(d *protocol.Definition) { d.Guide += "\xff" }),
		},
		"describe/stable": {
			reason: "the summary has a counter in it", says: "declares something else",
			mutant: func(suite *subjecttest.Suite, _ *tallies) {
				var starts atomic.Int64
				suite.Start = func(ctx context.Context) (subjecttest.Instance, error) {
					def := talliesDefinition()
					def.Summary = fmt.Sprint("start no. ", starts.Add(1))
					return subjecttest.InProcess(def)(ctx)
				}
			},
		},
		"describe/in_force": {
			reason: "once it is open it is called something else", says: "the name was",
			mutant: func(suite *subjecttest.Suite, _ *tallies) {
				suite.Start = subjecttest.InProcess(broken(hooks{inForce: func(d *protocol.Definition) { d.Name = "others" }}))
			},
		},
		"describe/unmodified": {
			reason: "Observe writes into what was declared", says: "was modified",
			mutant: func(suite *subjecttest.Suite, _ *tallies) {
				var def protocol.Definition
				def = broken(hooks{observe: func(ctx context.Context, next observer) (protocol.Observation, error) {
					def.Invariants[0].Severity = protocol.Info
					return next(ctx)
				}})
				suite.Start = subjecttest.InProcess(def)
			},
		},
	}
}

func configureBreaches() map[string]breach {
	return map[string]breach{
		"configure/opens": {
			reason: "the schema demands what Open does not", says: "its schema refuses",
			mutant: defines(func(d *protocol.Definition) {
				d.ConfigSchema = json.RawMessage(`{"type": "object", "required": ["region"]}`)
			}),
		},
		"configure/contacts_nothing": {
			reason: "Open asks the server how it is", says: "Open",
			mutant: opens(func(ctx context.Context, config json.RawMessage, next opener) (protocol.Subject, error) {
				s, err := next(ctx, config)
				if err != nil {
					return nil, err
				}
				if o, err := s.Observe(ctx); err != nil || o.Sources[1].Class != protocol.SourceOK {
					return nil, protocol.Errorf(protocol.Unavailable, "the server is away")
				}
				return s, nil
			}),
		},
		"configure/missing_field": {reason: "what is missing is made up", mutant: forgives("is required"), says: "limits.high"},
		"configure/unknown_field": {reason: "what is not known is left out", mutant: forgives("there is no such field"), says: "subjecttest_no_such_field"},
		"configure/wrong_type": {
			reason: "the error does not say where", says: `want a Field for each of "limits.high"`,
			mutant: garbles(func(e *protocol.Error) {
				for i := range e.Fields {
					e.Fields[i].Path = ""
				}
			}),
		},
		"configure/out_of_range": {reason: "a number that is too small is taken", mutant: forgives("must be at least"), says: "timeout_ms"},
		"configure/all_at_once": {
			reason: "the first wrong field is all that is told", says: "want a Field for each of",
			mutant: garbles(func(e *protocol.Error) { e.Fields = e.Fields[:min(1, len(e.Fields))] }),
		},
		"configure/given": {reason: "nobody looks at the URL", mutant: forgives("want an http URL"), says: "no URL"},
		"configure/junk": {
			reason: "null is taken for an empty configuration", says: `"null"`,
			mutant: func(suite *subjecttest.Suite, _ *tallies) {
				good := suite.Config
				opens(func(ctx context.Context, config json.RawMessage, next opener) (protocol.Subject, error) {
					if string(config) == "null" {
						config = good
					}
					return next(ctx, config)
				})(suite, nil)
			},
		},
		"configure/huge": {
			reason: "an error without a code", says: "huge text",
			mutant: opens(func(ctx context.Context, config json.RawMessage, next opener) (protocol.Subject, error) {
				if len(config) > 1<<20 {
					return nil, errors.New("too long")
				}
				return next(ctx, config)
			}),
		},
		"configure/hostile": {
			reason: "a text that the subject stumbles over", says: "panicked",
			mutant: opens(func(ctx context.Context, config json.RawMessage, next opener) (protocol.Subject, error) {
				if strings.Contains(string(config), "%s%n") {
					panic("a format")
				}
				return next(ctx, config)
			}),
		},
		"configure/again": {
			reason: "Open can be tried once", says: "refused a valid configuration",
			mutant: func(suite *subjecttest.Suite, _ *tallies) {
				var failed atomic.Bool
				opens(func(ctx context.Context, config json.RawMessage, next opener) (protocol.Subject, error) {
					if failed.Load() {
						return nil, protocol.Errorf(protocol.FailedPrecondition, "open tallies: it has failed before")
					}
					s, err := next(ctx, config)
					failed.Store(err != nil)
					return s, err
				})(suite, nil)
			},
		},
		"configure/secrets": {
			reason: "the error has the whole configuration in it", says: "token",
			mutant: opens(func(ctx context.Context, config json.RawMessage, next opener) (protocol.Subject, error) {
				s, err := next(ctx, config)
				if err != nil {
					return nil, protocol.Errorf(protocol.InvalidArgument, "open %s: %w", config, err)
				}
				return s, nil
			}),
		},
	}
}
