package scenario

import (
	"log/slog"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// Options say how a scenario is run.
type Options struct {
	// Systems are those that there are.
	Systems []stack.System
	// Transport is how the subject is reached; InProcess if empty.
	Transport Transport
	// Seed is noted in the record and names the evidence. Repeat counts the runs
	// of the same scenario, 1 if zero.
	Seed   uint64
	Repeat int
	// EvidenceDir is where evidence is kept, in a folder for each run that did
	// not pass. Empty is nowhere.
	EvidenceDir string
	// KeepEvidence keeps it of runs that passed, too.
	KeepEvidence bool
	// PluginPath finds a plugin's binary by the name that stack.System has. Nil
	// looks beside this program and in PATH.
	PluginPath func(name string) (string, error)
	// OperatorPath is the operator's binary, for scenarios with a host. Empty
	// looks beside this program and in PATH.
	OperatorPath string
	// Wrap, if not nil, puts something between the runner and the subject, such
	// as a known bug.
	Wrap func(protocol.Subject, protocol.Definition, stack.Stack) protocol.Subject
	// Progress, if not nil, is told what happens, from one goroutine at a time.
	// The run waits for it.
	Progress func(Progress)
	// Log takes what the harness does; nil is nowhere. Each line names the run, as
	// the folder of its evidence is named, for several may go on at a time.
	Log *slog.Logger
	// Shared tells that other runs go on in this process at the same time, so
	// that what it uses is not all for this one. RunAll sets it.
	Shared bool
	// Check judges the record by the standing rules, [standing.Check] if nil.
	Check func(record.Record) []Finding
}

// Progress is something that happened in a run.
type Progress struct {
	Scenario  string
	Transport Transport
	Repeat    int
	// Elapsed is the time since the run began.
	Elapsed time.Duration
	// Steps is how many steps the scenario has.
	Steps int
	// Event is what happened, as in the record.
	Event record.Event
}

func (o Options) withDefaults() Options {
	if o.Transport == "" {
		o.Transport = InProcess
	}
	if o.Repeat == 0 {
		o.Repeat = 1
	}
	if o.PluginPath == nil {
		o.PluginPath = findBinary
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}
