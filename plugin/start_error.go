package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// startError tells why the plugin, which has been ended, did not start.
func (p *Plugin) startError(ctx context.Context, err error) error {
	op := "start plugin " + p.opts.Path
	const hint = "; is it a subject plugin, built for this machine?"
	words, why := "", hint
	if last := p.log.lastWords(); last != "" {
		words = "; it last wrote: " + last
	}
	// What came instead of the handshake tells more than that none came.
	junk := handshakeError(p.process.stdout.line(), false)
	if junk != nil {
		words, why = "; "+junk.Error()+words, ""
	}
	e := &protocol.Error{Code: protocol.Unavailable, Err: err}
	status, byItself := p.process.ending()
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		e.Code, e.Message, e.Err = protocol.Canceled, op+": canceled", context.Canceled
	case ctx.Err() != nil:
		e.Code, e.Err = protocol.DeadlineExceeded, context.DeadlineExceeded
		e.Message = fmt.Sprintf("%s: it was not ready before the caller's deadline or its start timeout of %s, whichever was first%s",
			op, p.opts.StartTimeout, words)
	case byItself:
		e.Message = fmt.Sprintf("%s: its process ended (%s) before it was ready%s%s", op, status, why, words)
	case junk != nil:
		e.Message = op + words
	default:
		return asItIs(op, err, words, hint)
	}
	return e
}

// asItIs tells of an error that says itself why the plugin did not start.
func asItIs(op string, err error, words, hint string) error {
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		e.Message = op + ": " + e.Message + words
		return e
	}
	if e, ok := errors.AsType[*execError](err); ok {
		return &protocol.Error{Code: protocol.Unavailable, Message: op + ": " + oneLine(withoutPath(e).Error()) + hint, Err: err}
	}
	return &protocol.Error{Code: protocol.Unavailable, Message: op + ": " + oneLine(err.Error()) + words, Err: err}
}

// oneLine makes a text of go-plugin's, which has several lines and repeats what
// a plugin has printed, fit for an error.
func oneLine(s string) string {
	return printable(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), "; "))
}

// alongside adds the error of cleaning up after err, where there is one.
func alongside(err, cleanup error) error {
	if cleanup == nil {
		return err
	}
	return errors.Join(err, cleanup)
}
