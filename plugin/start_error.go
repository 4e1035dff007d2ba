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
	words := ""
	if last := p.log.lastWords(); last != "" {
		words = "; it last wrote: " + last
	}
	status, byItself := p.process.ending()
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return &protocol.Error{Code: protocol.Canceled, Message: op + ": canceled", Err: context.Canceled}
	case ctx.Err() != nil:
		return &protocol.Error{
			Code: protocol.DeadlineExceeded,
			Message: fmt.Sprintf("%s: it was not ready before the caller's deadline or its start timeout of %s, whichever was first%s",
				op, p.opts.StartTimeout, words),
			Err: context.DeadlineExceeded,
		}
	case byItself:
		return &protocol.Error{
			Code:    protocol.Unavailable,
			Message: fmt.Sprintf("%s: its process ended (%s) before it was ready; is it a subject plugin, built for this machine?%s", op, status, words),
			Err:     err,
		}
	}
	if e, ok := errors.AsType[*execError](err); ok {
		return &protocol.Error{
			Code:    protocol.Unavailable,
			Message: fmt.Sprintf("%s: %s; is it a subject plugin, built for this machine?", op, oneLine(withoutPath(e).Error())),
			Err:     err,
		}
	}
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		e.Message = op + ": " + e.Message + words
		return e
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
