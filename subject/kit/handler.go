package kit

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A Handler is one action of a subject: its entry in the catalogue and how it
// is done.
type Handler struct {
	spec protocol.ActionSpec
	// bind makes an action's validated parameters into what carries it out.
	bind func(params any) (work, []protocol.FieldError)
}

// work carries out an action, or with dryRun looks what it would do.
type work func(ctx context.Context, dryRun bool) (protocol.Outcome, error)

// Handle makes a Handler of a function that takes the action's parameters as a
// Go value. do is called only with parameters that match spec.Params and that a
// P can hold, and with dryRun it changes nothing. An error of do that is not a
// [protocol.Error] with an effect counts as "unknown whether the change was
// made", or of a dry run as "not made"; of joined errors the worst effect
// counts.
func Handle[P any](spec protocol.ActionSpec, do func(ctx context.Context, params P, dryRun bool) (protocol.Outcome, error)) Handler {
	return Handler{spec: spec, bind: func(doc any) (work, []protocol.FieldError) {
		var params P
		if fields := decode(doc, &params); len(fields) > 0 {
			return nil, fields
		}
		return func(ctx context.Context, dryRun bool) (protocol.Outcome, error) { return do(ctx, params, dryRun) }, nil
	}}
}
