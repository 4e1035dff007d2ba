package subjecttest

import (
	"context"
	"encoding/json"
	"time"
)

// A Suite is one subject's implementation and what it takes to try it. Start
// and Config are always needed; what else is, the subject's Definition decides:
// a declared action needs an example, and every subject needs a Down. What is
// needed and was not given is a failure that says so, never a check left out.
//
// The system that Config leads to is the suite's alone while it runs: nothing
// else may change it, and the actions of the examples are carried out on it,
// many times.
type Suite struct {
	// Start starts a fresh instance of the subject's implementation. It is
	// called for almost every check, for some more than once. What it returns is
	// closed by the suite.
	Start func(ctx context.Context) (Instance, error)

	// Config is a valid configuration that leads to a running system. The more
	// fields it sets, the more of them are tried with wrong values.
	Config json.RawMessage
	// Down is a valid configuration of the same shape that leads to nothing:
	// every address in it is one where nobody answers.
	Down json.RawMessage
	// Hang is a valid configuration that leads to something that accepts
	// connections and never answers, which is harder on a subject than Down. It
	// is optional: Down is used instead.
	Hang json.RawMessage
	// Wrong are configurations that the subject has to refuse, beyond those that
	// the suite derives from the configuration's schema.
	Wrong []WrongConfig

	// Actions has an example for each action that the Definition declares, by
	// the action's name.
	Actions map[string]Example
	// Probe reads the system itself, not through the subject, and returns what
	// it is like: two equal texts mean that nothing was changed between them. It
	// leaves out what changes by itself. It is optional: without it the suite
	// can only compare what dry runs would change.
	Probe func(ctx context.Context) (string, error)

	// Extra are further checks, which run after the suite's own.
	Extra []Check
	// Only selects the checks to run, if not nil.
	Only func(Check) bool

	// Timeout is how long one check may take; 60 s if 0.
	Timeout time.Duration
	// Slack is how long after its context's end, or where no network is to be
	// touched after its beginning, a call may return at the latest: it allows
	// for a busy machine and not for a wait. 2 s if 0.
	Slack time.Duration
	// Patience is how long a call gets that has time, and how long a change that
	// was accepted may take until it can be seen; 10 s if 0.
	Patience time.Duration
	// CloseTimeout is how long closing may take with calls in flight; 10 s if 0.
	CloseTimeout time.Duration
	// MaxBytes is how large an observation may be as JSON; [DefaultMaxBytes] if 0.
	MaxBytes int
}

// DefaultMaxBytes is the largest observation as JSON: what a message across the
// process boundary may have at most.
const DefaultMaxBytes = 4 << 20

// A WrongConfig is a configuration that a subject has to refuse.
type WrongConfig struct {
	// Name says what is wrong, in a word or two.
	Name string
	// Config is the configuration.
	Config json.RawMessage
	// Paths lead to its wrong fields, as in a protocol.FieldError. The error has
	// to name each of them.
	Paths []string
}

// An Example is how an action is tried: parameters that it accepts in the
// system that [Suite.Config] leads to.
type Example struct {
	// Params are the parameters. With them the action changes something.
	Params json.RawMessage
	// Before brings the system into a state in which the action changes
	// something, the same state each time, and returns when it is in it and
	// nothing is under way any more. It is called before each time that the
	// action is tried, and works without the subject. It is optional, but without
	// it an action that is done is hard to tell from one that is not.
	Before func(ctx context.Context) error
	// Probe is used instead of [Suite.Probe] for this action, if not nil.
	Probe func(ctx context.Context) (string, error)
}

func (s Suite) withDefaults() Suite {
	if s.Timeout <= 0 {
		s.Timeout = time.Minute
	}
	if s.Slack <= 0 {
		s.Slack = 2 * time.Second
	}
	if s.Patience <= 0 {
		s.Patience = 10 * time.Second
	}
	if s.CloseTimeout <= 0 {
		s.CloseTimeout = 10 * time.Second
	}
	if s.MaxBytes <= 0 {
		s.MaxBytes = DefaultMaxBytes
	}
	if len(s.Hang) == 0 {
		s.Hang = s.Down
	}
	return s
}
