package kit

import (
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// SourceClassOf returns the contract's class for an error of a client. A call
// that was given up says nothing about the source.
func SourceClassOf(err error) protocol.SourceClass {
	switch failure.ClassOf(err) {
	case "":
		return protocol.SourceOK
	case failure.Timeout:
		return protocol.SourceTimeout
	case failure.Canceled:
		return protocol.SourceDeadline
	case failure.Unauthenticated, failure.Forbidden, failure.Rejected, failure.Invalid, failure.WrongType:
		return protocol.SourceRefused
	case failure.Failing, failure.ReadOnly, failure.OutOfMemory, failure.Loading, failure.ClusterDown:
		return protocol.SourceFailing
	case failure.Malformed, failure.TooLarge:
		return protocol.SourceMalformed
	case failure.Unreachable:
		return protocol.SourceUnreachable
	default:
		return protocol.SourceUnreachable
	}
}

// badness orders the classes for a source that was read more than once, the
// worst last. A class that is not here is worse than all.
var badness = [...]protocol.SourceClass{
	protocol.SourceOK, protocol.SourcePartial, protocol.SourceNotConfigured, protocol.SourceSkipped, protocol.SourceDeadline,
	protocol.SourceRefused, protocol.SourceMalformed, protocol.SourceFailing, protocol.SourceTimeout, protocol.SourceUnreachable,
}

// worse reports whether class a is worse than b.
func worse(a, b protocol.SourceClass) bool { return rank(a) > rank(b) }

func rank(class protocol.SourceClass) int {
	for i, c := range badness {
		if c == class {
			return i
		}
	}
	return len(badness)
}

// Partial marks an error that came with a value: the source was read in part.
// The value is used, and the message says what is missing.
type Partial struct{ Message string } //nolint:errname // it is a part, and an error only on its way

// Error returns the message.
func (p *Partial) Error() string { return p.Message }

// A Miss is why a reading has no value. It is immutable.
type Miss struct { //nolint:errname // it is what a reading came to
	// Source is the name of the source that is to blame.
	Source string
	// Class is how reading it went.
	Class protocol.SourceClass
	// Message says it for a person.
	Message string
	// Err is the client's error, nil when the source was not asked.
	Err error
}

// Error returns the message.
func (m *Miss) Error() string { return m.Message }

// Unwrap returns the client's error.
func (m *Miss) Unwrap() error { return m.Err }

// Silent reports whether the source was given its full time and was not there:
// no connection, or no answer. It is false when the observation's own deadline
// cut the reading short, which says nothing about the source.
func (m *Miss) Silent() bool {
	return m != nil && (m.Class == protocol.SourceUnreachable || m.Class == protocol.SourceTimeout)
}

// Blame makes a verdict's unknown out of a miss: which source, and why.
func (m *Miss) Blame() (source, reason string) { return m.Source, m.Message }
