package redis

import (
	"errors"
	"io"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// fail makes the error that callers see of one that came from go-redis or from
// a connection. op is what was tried, target on what.
func (c *Client) fail(op, target string, err error) *failure.Error {
	if e, ok := errors.AsType[*failure.Error](err); ok {
		return e
	}
	class := Classify(err)
	detail, safe := c.detail(err)
	if !safe {
		err = nil
	}
	return &failure.Error{
		Op: op, Target: target, Class: class, Detail: detail + advice(class, detail),
		Sent: wasSent(err), Err: err,
	}
}

// detail is the text of err, bounded and without secrets. safe is false when
// err itself holds a secret and must not be handed on.
func (c *Client) detail(err error) (detail string, safe bool) {
	if reply, ok := errors.AsType[goredis.Error](err); ok {
		text := c.secrets.scrub(reply.Error())
		return failure.Line(text), text == reply.Error()
	}
	if ce, ok := errors.AsType[*connectError](err); ok {
		text := c.secrets.scrub(ce.detail)
		return text, text == ce.detail
	}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the server closed the connection before it answered", true
	case errors.Is(err, goredis.ErrClosed):
		return "the client is closed", true
	case errors.Is(err, goredis.ErrPoolTimeout):
		return "all connections were busy the whole time", true
	}
	text := c.secrets.scrub(err.Error())
	return failure.Line(text), text == err.Error()
}

// secrets are texts that must not appear in errors.
type secrets []string

// scrub takes secrets out of what a server said. A server that does not know
// AUTH or HELLO repeats their arguments, possibly cut short.
func (s secrets) scrub(text string) string {
	if before, _, cut := strings.Cut(text, ", with args beginning with"); cut {
		text = before
	}
	for _, secret := range s {
		text = strings.ReplaceAll(text, secret, "(redacted)")
	}
	return text
}

// advice says what to do, where the class and the text leave one thing to do.
func advice(class failure.Class, detail string) string {
	switch class {
	case failure.Unauthenticated:
		return "; check the username and password"
	case failure.Forbidden:
		return "; this client needs +ping +time +scan +type +dbsize +zcard +zcount +pttl +hmget" +
			" on the limiter's keys, and +cluster|slots in a Cluster"
	case failure.Rejected:
		if strings.HasPrefix(detail, "MOVED ") || strings.HasPrefix(detail, "ASK ") {
			return "; this server belongs to a Cluster: configure it as one"
		}
	default:
	}
	return ""
}

// wasSent reports whether the server may have seen the request.
func wasSent(err error) bool {
	if _, ok := errors.AsType[*connectError](err); ok {
		return false
	}
	return !errors.Is(err, goredis.ErrClosed) && !errors.Is(err, goredis.ErrPoolTimeout)
}
