package redis

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Classify tells the class of any error that go-redis, or this package, can
// return. It returns "" for nil.
//
// An error answer is classed by its first word (NOAUTH, WRONGTYPE, LOADING ...),
// which Redis promises to keep stable, unlike the text after it. Without an
// answer it is the network's or the context's class; and what is neither is an
// answer that could not be parsed: Malformed.
func Classify(err error) failure.Class {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*failure.Error](err); ok {
		return e.Class
	}
	if e, ok := errors.AsType[*connectError](err); ok {
		return e.class
	}
	if _, ok := errors.AsType[*tooLargeError](err); ok {
		return failure.TooLarge
	}
	if errors.Is(err, goredis.Nil) {
		return failure.Malformed // only asked of commands that never answer nil
	}
	if e, ok := errors.AsType[goredis.Error](err); ok {
		return classOfReply(e.Error())
	}
	switch {
	case errors.Is(err, goredis.ErrClosed):
		return failure.Invalid
	case errors.Is(err, goredis.ErrPoolTimeout), errors.Is(err, goredis.ErrPoolExhausted):
		return failure.Timeout
	case strings.HasPrefix(err.Error(), "redis: cluster has no nodes"):
		return failure.ClusterDown // a plain error in go-redis
	case isNetwork(err):
		return failure.Classify(err)
	default:
		return failure.Malformed
	}
}

// classOfReply classes an error answer by its text.
func classOfReply(text string) failure.Class {
	code, rest, _ := strings.Cut(text, " ")
	switch code {
	case "NOAUTH", "WRONGPASS":
		return failure.Unauthenticated
	case "NOPERM", "DENIED": // DENIED: protected mode
		return failure.Forbidden
	case "WRONGTYPE":
		return failure.WrongType
	case "READONLY":
		return failure.ReadOnly
	case "OOM":
		return failure.OutOfMemory
	case "LOADING":
		return failure.Loading
	case "CLUSTERDOWN":
		return failure.ClusterDown
	case "MOVED", "ASK", "CROSSSLOT":
		return failure.Rejected
	case "ERR":
		return classOfPlainReply(rest)
	default: // MASTERDOWN, TRYAGAIN, BUSY, MISCONF, NOREPLICAS ...
		return failure.Failing
	}
}

// classOfPlainReply looks into the texts of "ERR", the code of everything that
// was given none of its own.
func classOfPlainReply(text string) failure.Class {
	switch {
	case strings.HasPrefix(text, "invalid password"), // before Redis 6
		strings.HasPrefix(text, "AUTH "),             // a password where none is set
		strings.HasPrefix(text, "Client sent AUTH,"): // the same, before Redis 6
		return failure.Unauthenticated
	case strings.HasPrefix(text, "unknown command"),
		strings.HasPrefix(text, "SELECT is not allowed in cluster mode"),
		strings.HasPrefix(text, "DB index is out of range"):
		return failure.Rejected
	default:
		return failure.Failing
	}
}

// isNetwork reports whether err says something about the way to the server
// rather than about what the server said.
func isNetwork(err error) bool {
	for _, known := range []error{
		context.Canceled, context.DeadlineExceeded, os.ErrDeadlineExceeded,
		io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	_, ok := errors.AsType[syscall.Errno](err)
	return ok || failure.IsTLS(err)
}

// connectError says why no connection could be made.
type connectError struct {
	class  failure.Class
	detail string
	cause  error
}

// connectFailure makes a connectError of what a dial returned: that of a Sentinel
// or a TLS handshake is one already.
func connectFailure(err error) *connectError {
	if ce, ok := errors.AsType[*connectError](err); ok {
		return ce
	}
	return &connectError{class: failure.Classify(err), detail: failure.Line(err.Error()), cause: err}
}

func (e *connectError) Error() string { return e.detail }

// Unwrap keeps from go-redis what a Sentinel answered: it would take that for
// the answer of the server it is about to talk to.
func (e *connectError) Unwrap() error {
	if _, ok := errors.AsType[goredis.Error](e.cause); ok {
		return nil
	}
	return e.cause
}
