package stack

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
)

// A System is a kind of system that scenarios can be played on. It is data but
// for its functions, which may be called concurrently.
type System struct {
	// Name is what a scenario calls it: "ratelimiter".
	Name string
	// Summary says in one line what it is.
	Summary string
	// Topology is the JSON Schema of what a scenario may say about its shape, an
	// object with defaults for everything.
	Topology json.RawMessage
	// LoadSchema is the JSON Schema of what a scenario may say about load.
	LoadSchema json.RawMessage
	// Kinds are the faults that it can have, the generic ones included, in an
	// order that reads well.
	Kinds []Kind
	// Definition is the subject's, and Plugin the name of its binary, which lies
	// beside the operator's or in PATH.
	Definition func() (protocol.Definition, error)
	Plugin     string
	// Layout tells what a stack of a topology is made of, without starting anything;
	// nil topology is the default. The error says which field of the topology makes
	// no sense. A nil Layout is that of a system that can tell only when it runs.
	Layout func(topology json.RawMessage) (Layout, error)
	// Start starts one and returns when it is healthy, by [Stack.Healthy] but
	// for the load, which is not started yet. Where it fails nothing is left. ctx
	// bounds the start only.
	Start func(ctx context.Context, o Options) (Stack, error)
	// Random are the faults from which random schedules are drawn, for a stack of
	// the default topology: kinds with targets and parameters, as a scenario
	// writes them.
	Random []Spec
}

// Options are what a stack is started with.
type Options struct {
	// Topology is what the scenario says of its shape, valid by System.Topology;
	// nil is the default.
	Topology json.RawMessage
	// Log receives what the stack does; nil is nothing.
	Log *slog.Logger
}

// A Kind is a kind of fault: what a scenario can name.
type Kind struct {
	// Name is lower case words joined by underscores: "kill", "black_hole",
	// "redis_read_only".
	Name string
	// Summary says in one line what it does and what Heal does.
	Summary string
	// On says what the fault is done to: what On of a [Spec] has to be.
	On Target
	// With is the JSON Schema of the parameters, of type object; nil means that
	// there are none.
	With json.RawMessage
	// Needs are the parts, beside the one that it is done to, that have to serve
	// for it to be injected and healed. A random schedule hurts none of them
	// meanwhile.
	Needs []string
	// New makes the fault for a running stack. on and with are valid by On and
	// With. It hurts nothing. The error says what does not exist here.
	New func(s Stack, on string, with json.RawMessage) (fault.Fault, error)
}

// A Target is what a kind of fault is done to.
type Target string

// The targets.
const (
	// OnPart: the name of a part.
	OnPart Target = "part"
	// OnLink: the name of a link, "FROM->TO", where either side may be "*", or
	// several with commas between; the fault is done to all that match, as one.
	OnLink Target = "link"
	// OnHTTPLink: the same, of links that carry HTTP.
	OnHTTPLink Target = "http_link"
	// OnNothing: what it is done to is in its parameters, or there is only one.
	OnNothing Target = ""
)

// A Spec names a fault as a scenario does.
type Spec struct {
	Kind string          `json:"kind"`
	On   string          `json:"on,omitempty"`
	With json.RawMessage `json:"with,omitempty"`
}
