package scenario

import (
	"encoding/json"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// A Scenario is a story about one system: what it looks like, what happens to
// it, and what an operator must see of that, and when. Parse reads one from
// YAML; Validate says what is wrong with one.
type Scenario struct {
	// File is the path that [Read] has read it from, and empty for one that is from
	// nowhere else. It is no part of what the scenario says.
	File string
	// Name is unique among scenarios: lower case words joined by underscores.
	Name string
	// Summary says in one line what it shows.
	Summary string
	// Row is what it stands for in the matrix of faults, such as
	// "redis: read-only replica". It is only shown.
	Row string
	// System is the name of the system that it is played on.
	System string
	// Topology is the system's shape, by its System.Topology; nil is the default.
	Topology json.RawMessage
	// Load is the load at the beginning, by System.LoadSchema; nil is the usual
	// load.
	Load json.RawMessage
	// Config is merged into the subject's configuration as a JSON merge patch
	// (RFC 7396).
	Config json.RawMessage
	// Interval is the time between observations, 500 ms if zero; Timeout the
	// deadline of each, 5 s if zero.
	Interval, Timeout time.Duration
	// Transports are those that it makes sense on; none means on every one.
	Transports []Transport
	// Host asks for a host process that watches the same subject: a part "host"
	// that can be hurt, and whose events are recorded.
	Host bool
	// Bound is how long the whole run may take, 3 minutes if zero.
	Bound time.Duration
	// Steps are what happens, one after the other.
	Steps []Step
	// Allow are violations that may be seen at any time, beside those that the
	// faults explain and the steps expect.
	Allow []fault.Mark
	// Never are verdicts that must not be seen at any time: broken, whatever the
	// faults explain.
	Never []fault.Mark
	// After is what has to be true after everything was healed; nil is
	// everything held within two intervals.
	After *Expectation
}

// A Step is one thing that happens. Exactly one of its verbs is set.
type Step struct {
	// Fault injects one. It is healed by a Heal, or at the end of the scenario.
	Fault *stack.Spec
	// As is what the fault is called in a Heal, its kind if empty.
	As string
	// Heal heals the fault of that name, "all" every one.
	Heal string
	// Act carries out an action.
	Act *Act
	// Load replaces the load.
	Load json.RawMessage
	// Wait lets time pass, under observation.
	Wait time.Duration
	// Check only has its Expect.
	Check bool

	// Expect is what must be seen after it, nil for nothing in particular.
	Expect *Expectation
}

// An Act is an action and what must come of it.
type Act struct {
	Action string
	Params json.RawMessage
	DryRun bool
	// Outcome is the status that it must have, accepted if empty and Error is
	// too.
	Outcome protocol.OutcomeStatus
	// Error is the code of the error that must come instead, and Effect the
	// effect that it must declare if not empty.
	Error  protocol.Code
	Effect protocol.Effect
}

// An Expectation is what one observation has to say, all of it at once.
type Expectation struct {
	// Within is how long after the step was done the first such observation may
	// begin at the latest; zero is two intervals and the timeout.
	Within time.Duration
	// For is how long every observation has to go on saying so, from the first
	// one that does.
	For time.Duration
	// Broken, Unknown and Held are verdicts that it must have. A mark without an
	// entity in Held is held for everything, and "*" is every invariant.
	Broken, Unknown, Held []fault.Mark
	// Noticed must each be broken or unknown, whichever.
	Noticed []fault.Mark
	// Sources are classes that sources must have, by their names; a name that
	// ends in "*" stands for every source that begins so, of which there must be
	// at least one.
	Sources map[string][]protocol.SourceClass
	// State are values that the state must have, by JSON pointer (RFC 6901).
	State map[string]json.RawMessage
	// Host are types of events that the host process must have reported since
	// the step began.
	Host []HostEvent
}

// A HostEvent is an event of the host that is expected.
type HostEvent struct {
	Type      string
	Invariant string
	Entity    string
}

// A Transport is how the runner reaches the subject.
type Transport string

// The transports.
const (
	// InProcess: the subject is opened in the runner's process.
	InProcess Transport = "in_process"
	// InMemory: the same, behind gRPC over a connection in memory.
	InMemory Transport = "in_memory"
	// Binary: the built plugin, as a process that a supervisor keeps alive; it is
	// the part "plugin".
	Binary Transport = "binary"
)

// Transports are all of them, in the order in which they are tried.
func Transports() []Transport { return []Transport{InProcess, InMemory, Binary} }
