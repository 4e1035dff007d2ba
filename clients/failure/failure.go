// Package failure is the vocabulary in which every client says why it has no
// answer.
//
// An operator treats "the server is gone", "the server is slow", "the server
// refused us" and "the server answered nonsense" differently, and none of them
// as data. Clients therefore return one error type, [*Error], with a [Class]
// that callers switch on and a text that people read:
//
//	GET /api/nodes on http://10.0.0.7:8080: timeout: no answer within 2s
//
// Text that came from the other side (an error body, a key, a name) is bounded
// and escaped by [Quote] before it becomes part of an error: it is hostile
// until proven otherwise, and errors end in terminals, logs and prompts.
package failure

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
)

// Class is the kind of a failure.
type Class string

// The classes. A client documents which of them it can return.
const (
	// Unreachable: no connection could be made, or it broke before the answer:
	// name not resolved, connection refused or reset, TLS not established.
	Unreachable Class = "unreachable"
	// Timeout: connected or connecting, but no answer in time.
	Timeout Class = "timeout"
	// Canceled: the caller gave up first. It says nothing about the server.
	Canceled Class = "canceled"
	// Unauthenticated: the server did not accept who we are.
	Unauthenticated Class = "unauthenticated"
	// Forbidden: the server knows who we are and does not permit this.
	Forbidden Class = "forbidden"
	// Rejected: the server understood the request and will not serve it as it
	// is (an unknown path, an invalid value, a redirect).
	Rejected Class = "rejected"
	// Invalid: the client refused the request before sending anything.
	Invalid Class = "invalid"
	// Failing: the server answered that it cannot serve now (a 5xx).
	Failing Class = "failing"
	// Malformed: the answer is not what the protocol promises.
	Malformed Class = "malformed"
	// TooLarge: the answer is larger than the client's bound.
	TooLarge Class = "too_large"

	// WrongType: a Redis key holds another type than the command needs.
	WrongType Class = "wrong_type"
	// ReadOnly: a Redis replica refused a write.
	ReadOnly Class = "read_only"
	// OutOfMemory: Redis is at maxmemory.
	OutOfMemory Class = "out_of_memory"
	// Loading: Redis is reading its data set from disk.
	Loading Class = "loading"
	// ClusterDown: a Redis Cluster cannot serve the key's slot.
	ClusterDown Class = "cluster_down"
)

// words is the class as a person reads it.
func (c Class) words() string { return strings.ReplaceAll(string(c), "_", " ") }

// Error is a failed call to an observed system. It is immutable once returned.
type Error struct {
	// Op is what was tried, as a person would type it: "GET /api/nodes", "PING".
	Op string
	// Target is what it was tried on: a base URL or an address, free of
	// credentials. It may be empty where a client has a single, known server.
	Target string
	// Class is the kind of failure.
	Class Class
	// Status is the HTTP status of the answer, 0 without one.
	Status int
	// Detail is what the other side said or what was wrong with it, bounded and
	// escaped.
	Detail string
	// Sent reports whether any part of the request may have reached the server.
	// A call that changes something and failed with Sent may have happened.
	Sent bool
	// Err is the cause, for errors.Is and errors.As; it may be nil.
	Err error
}

// Error renders what was tried, on what, the class, and the detail.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Target != "" {
		b.WriteString(" on " + e.Target)
	}
	b.WriteString(": " + e.Class.words())
	if e.Status != 0 {
		fmt.Fprintf(&b, " (status %d)", e.Status)
	}
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Answered reports whether the server gave any answer at all, be it a refusal.
func (e *Error) Answered() bool {
	switch e.Class {
	case Unreachable, Timeout, Canceled, Invalid:
		return false
	default:
		return true
	}
}

// ClassOf returns err's class: that of the first [*Error] in its chain, else
// what [Classify] makes of it. It returns "" for nil.
func ClassOf(err error) Class {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Classify(err)
}

// Classify tells the class of an error of the network or context layers:
// Canceled, Timeout, or Unreachable for everything else.
func Classify(err error) Class {
	if errors.Is(err, context.Canceled) {
		return Canceled
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return Timeout
	}
	if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
		return Timeout
	}
	return Unreachable
}
