package stack

import (
	"context"
	"encoding/json"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
)

// A Stack is a system that runs, made for one scenario and used by nothing else.
// Its methods are safe for concurrent use.
type Stack interface {
	// Parts are the processes, in a fixed order. Their names are unique.
	Parts() []Part
	// Links are the connections that go through the harness, in a fixed order.
	// Those from [network.Operator] are what the subject looks through.
	Links() []*network.Link
	// Config is the subject's configuration, a JSON object. Every address in it
	// is that of a link, so that what the subject reads can be hurt and counted.
	Config() json.RawMessage
	// Needs tells of each invariant what it cannot be judged without: names of
	// links, of which every inner list needs one that has answered. An
	// invariant that needs nothing, or whose needs depend on circumstances, is
	// not in it.
	Needs() map[string][][]string
	// Impact is what a fault of a generic kind does here to what it is done to.
	Impact(kind, on string, with json.RawMessage) fault.Impact

	// Load keeps the system busy as spec says, in place of the load before; nil
	// is the usual healthy load and `false` is none. The load ends with the
	// stack.
	Load(ctx context.Context, spec json.RawMessage) error
	// Healthy returns nil if all of it works and the traces of earlier faults
	// are gone, judged without the subject; else what is wrong. It looks once.
	Healthy(ctx context.Context) error
	// Fingerprint tells of each entity that an action could touch how it is, in
	// a form in which ordinary load shows no difference: two fingerprints differ
	// in those entities that somebody has reset, changed or moved between them.
	Fingerprint(ctx context.Context) (map[string]string, error)

	// WriteEvidence writes what the system holds (a dump of its data) into
	// files of dir. It does what it can of a system that is half dead, within
	// ctx. The logs of parts are written by the caller.
	WriteEvidence(ctx context.Context, dir string) error
	// Close ends everything that the stack has started and removes its files.
	// It takes a few seconds at most. Further calls return the same.
	Close() error
}

// A Part is a process that can be hurt. It is safe for concurrent use.
type Part interface {
	// Name is unique within the stack: "redis", "node-2", "plugin".
	Name() string
	// PID is the process id of the present or last run, 0 where there is none.
	PID() int
	// State tells whether it runs, hangs, or has exited.
	State() process.State
	// Log is the end of what it wrote.
	Log() string
	// Kill ends it at once, Hang stops it without ending it, and Resume lets it
	// go on; see package process.
	Kill() error
	Hang() error
	Resume() error
	// Restart ends it where it runs, starts it again on the same address, and
	// returns when it serves.
	Restart(ctx context.Context) error
}

// A Starter is a part that can be kept from getting ready: its next start is
// stopped at once, until Resume.
type Starter interface {
	Part
	// StartHung ends the process where it runs and starts it again, stopped from
	// its first instruction on. It returns when the process is there.
	StartHung(ctx context.Context) error
	// AwaitReady resumes it where it hangs and waits until it serves.
	AwaitReady(ctx context.Context) error
}
