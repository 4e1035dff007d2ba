package protocol

import "context"

// A Subject is one running system, as an operator deals with it. Get one from
// a [Definition]'s Open. Its methods may be called concurrently.
//
// A Subject may also implement io.Closer, which releases what it holds and
// fails further calls with [FailedPrecondition], and [Describer].
type Subject interface {
	// Observe looks at the system and judges every invariant. It is called in a
	// loop, as often as every second, so it must be cheap, and it may be called
	// again whatever the last call returned.
	//
	// Observe never changes the system. It always returns before ctx's deadline,
	// whatever hangs: sources are read concurrently, each within its own
	// timeout, and what was not read in time is unknown. A source that fails
	// makes the observation partial and is no error.
	//
	// The error is for a call that could not be carried out at all: [Canceled]
	// or [DeadlineExceeded] where ctx had ended, [FailedPrecondition] after
	// Close, [Unavailable] where the subject's process is gone. A caller treats
	// it as "everything is unknown" ([Tracker.Missed]) and never as "nothing is
	// broken".
	Observe(ctx context.Context) (Observation, error)

	// Act makes one change, or with DryRun reports the changes that it would
	// make. Before anything is contacted the action's name and parameters are
	// checked; what is wrong is an [InvalidArgument] error that names each
	// wrong parameter.
	//
	// Act is at most once for each Action.ID: repeating an ID returns the first
	// call's outcome or error without touching the system, unless that call is
	// known to have changed nothing. An ID is remembered for as long as the
	// Subject is open, up to a bound of the subject's that is at least 1,000
	// actions. Using an ID again for another action is InvalidArgument.
	//
	// The error's Effect tells whether the change was applied. [EffectUnknown]
	// means that the request was sent and no answer came: look before doing
	// anything else, and do not send it again under another ID.
	Act(ctx context.Context, action Action) (Outcome, error)
}

// A Describer is a Subject whose configuration bears on what its Definition
// declares, such as grace periods and severities. Definition returns what is in
// force for this Subject; it contacts nothing and its result is not modified by
// either side.
type Describer interface {
	Definition() Definition
}

// DefinitionOf returns the Definition in force for s: what s itself declares if
// it is a [Describer], else def.
func DefinitionOf(s Subject, def Definition) Definition {
	if d, ok := s.(Describer); ok {
		return d.Definition()
	}
	return def
}
