package subjecttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// canary is a secret that is known to nobody else.
const canary = "subjecttest-canary-7f3a"

// configureSecrets puts a secret into each writeOnly field, in forms that may
// be wrong, beside something that certainly is, and looks for it in the errors.
func configureSecrets(ctx context.Context, e *Env) error {
	_, schema, doc, err := configuration(ctx, e)
	if err != nil {
		return err
	}
	var places [][]token
	leaves(schema, nil, 0, func(s *jsonschema.Schema, at []token) {
		if s.WriteOnly {
			places = append(places, slices.Clone(at))
		}
	})
	if len(places) == 0 {
		return NotApplicable("the configuration's schema declares no field writeOnly")
	}
	var p problems
	for _, at := range places {
		for _, secret := range []any{
			canary, "http://user:" + canary + "@[::1", "redis://:" + canary + "@host:port", canary + "\x00\n",
			[]any{canary},
			map[string]any{"value": canary},
		} {
			instance, err := e.Start(ctx)
			if err != nil {
				return err
			}
			for _, config := range []any{with(doc, at, secret), with(with(doc, at, secret), []token{unknownName}, 1)} {
				o, err := e.OpenOn(ctx, instance, encode(config))
				if repeats(err, canary) {
					p.addf("%s: the error of Open repeats its value", pathOf(at))
				}
				if o != nil {
					break
				}
			}
			_ = e.close(ctx, instance.Close)
		}
	}
	return p.err()
}

// repeats reports whether an error shows a text, in any way that it may be
// printed.
func repeats(err error, text string) bool {
	if err == nil {
		return false
	}
	shown := fmt.Sprintf("%v %+v", err, err)
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		shown += fmt.Sprint(e.Message, e.Fields)
	}
	return strings.Contains(shown, text)
}
