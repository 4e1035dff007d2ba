package bugs

import (
	"encoding/json"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// A Bug is a mistake that a subject could make, made on purpose.
type Bug struct {
	// Name is the bug's: lower case words joined by underscores.
	Name string
	// Summary says in one line what the mistake is.
	Summary string
	// CaughtBy is the name of the standing rule that finds it. Others may, too.
	CaughtBy string
	// System is the name of the system whose subject makes it.
	System string
	// Scenario brings it to light. The subject without the bug passes it.
	Scenario scenario.Scenario
	// Wrap returns a subject that is s but for the bug. def is the definition in
	// force for s, and st what s looks at. What it returns is an io.Closer, and
	// closing it closes s.
	Wrap func(s protocol.Subject, def protocol.Definition, st stack.Stack) protocol.Subject
}

// All returns every bug, in an order that reads well. The slice is the caller's.
func All() []Bug {
	return []Bug{
		failedObservationIsHealthy(),
		missingMetricIsZero(),
		driftWithoutSecondRead(),
		pingErrorSwallowed(),
		deadNodeDropped(),
		unescapedKey(),
		dryRunIsReal(),
		lateAnswer(),
		lastAnswerAgain(),
		alarmForEver(),
		leakedDescriptors(),
		renamedInvariant(),
		disconnectedStoreIsFine(),
	}
}

// The names of the systems.
const (
	rateLimiter = "ratelimiter"
	tiKV        = "tikv"
)

// patience is how long a fault has to be there until all of what it breaks is
// owed by the scenarios here: two intervals, the timeout, and some observations
// more.
const (
	timeout  = 2 * time.Second
	patience = 5 * time.Second
)

// story is a scenario that expects nothing: the standing rules judge it. How fast
// the machine is that it is played on is none of its business.
func story(system, name, summary string, steps ...scenario.Step) scenario.Scenario {
	var config json.RawMessage
	if system == rateLimiter {
		config = json.RawMessage(`{"redis":{"budget":{"time":"1s"}}}`)
	}
	return scenario.Scenario{
		Config: config,
		Name:   name, Summary: summary, Row: "known bugs", System: system,
		Timeout: timeout, Steps: steps,
		Allow: []fault.Mark{{Invariant: "high_latency"}},
	}
}

// hurt is a fault that is there for some time, and healed.
func hurt(kind, on string, long time.Duration) []scenario.Step {
	return []scenario.Step{
		{Wait: 2 * time.Second},
		{Fault: &stack.Spec{Kind: kind, On: on}},
		{Wait: long},
		{Heal: scenario.AllFaults},
	}
}
