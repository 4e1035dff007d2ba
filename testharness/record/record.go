// Package record is what happened in one run of a scenario, as data: what the
// harness did, what the subject said, what the harness saw for itself meanwhile.
//
// The runner writes a [Record], event by event. Everything that judges or shows
// a run reads it, and nothing else: the standing rules (package standing), the
// reports, the evidence of a failure. So a run can be judged again later, and a
// rule be tested on a record that was made by hand.
package record

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
)

// A Record is one run. All times are of one clock, the runner's.
type Record struct {
	// Scenario, System and Transport are names; Repeat counts from 1.
	Scenario  string `json:"scenario"`
	System    string `json:"system"`
	Transport string `json:"transport"`
	Repeat    int    `json:"repeat"`
	// Seed is what all random choices of the run follow from.
	Seed uint64 `json:"seed"`
	// Interval is the time from the beginning of one observation to that of the
	// next, Timeout the deadline of each.
	Interval time.Duration `json:"interval"`
	Timeout  time.Duration `json:"timeout"`
	// Invariants are those that the subject declares.
	Invariants []protocol.Invariant `json:"invariants"`
	// Needs are the stack's, see stack.Stack. A name with "->" in it is a link's,
	// of which something has to have been read; any other is that of a source,
	// which has to have answered.
	Needs map[string][][]string `json:"needs"`
	// Allow are verdicts other than held that the scenario tolerates at any time,
	// beside those that its faults explain: what it allows, and what it wants
	// broken or unknown after healing. What its steps expect is in their events.
	Allow []fault.Mark `json:"allow,omitempty"`
	// Shared tells that other runs went on in the runner's process, so that what
	// that used was not all for this one.
	Shared bool `json:"shared,omitempty"`
	// CutShort says why the run was ended before it was over, empty if it was not.
	// What it had yet to show then was not seen, and is nobody's fault.
	CutShort Cut `json:"cut_short,omitempty"`
	// Begin and End bound the run, from before the stack was started until it
	// was closed.
	Begin time.Time `json:"begin"`
	End   time.Time `json:"end"`
	// Leftovers are what the run had made and was still there after it was
	// closed: processes, directories, addresses that somebody listens on; see
	// package usage.
	Leftovers []string `json:"leftovers,omitempty"`
	// Events are what happened, by time.
	Events []Event `json:"-"`
}

// A Cut is why a run was ended before it was over.
type Cut string

// The reasons.
const (
	// Interrupted: somebody who did not want to wait ended it.
	Interrupted Cut = "interrupted"
	// OutOfTime: it took longer than its bound.
	OutOfTime Cut = "out_of_time"
	// Broken: the harness could not do its part.
	Broken Cut = "broken"
)

// An Event is one thing that happened: exactly one of its pointers is not nil.
type Event struct {
	// At is when it was over.
	At time.Time `json:"at"`

	// Observation is one look of the subject.
	Observation *Observation `json:"observation,omitempty"`
	// Fault is a fault injected or healed.
	Fault *Fault `json:"fault,omitempty"`
	// Act is an action carried out.
	Act *Act `json:"act,omitempty"`
	// Health is a look at the stack past the subject.
	Health *Health `json:"health,omitempty"`
	// Step is a step of the scenario that begins, or an expectation of it that
	// was met or missed.
	Step *Step `json:"step,omitempty"`
	// Usage is what a process uses.
	Usage *Usage `json:"usage,omitempty"`
	// Host is an event of a host process that watches the same subject.
	Host *Host `json:"host,omitempty"`
}

// An Observation is one call of Observe and what came of it.
type Observation struct {
	// Number counts the run's observations from 1.
	Number int `json:"number"`
	// Began and Ended bound the call; Deadline is its context's.
	Began    time.Time `json:"began"`
	Ended    time.Time `json:"ended"`
	Deadline time.Time `json:"deadline"`
	// Observation is what was returned, without a Time where Err is not nil.
	Observation protocol.Observation `json:"observation"`
	Err         *protocol.Error      `json:"error,omitempty"`
	// Read is how many bytes the subject's side got through each link from
	// network.Operator between Began and Ended. Links that carried none are in it
	// with 0.
	Read map[string]int64 `json:"read"`
	// Transitions are what the observation changed of the tickets, and Tickets
	// those open after it, by a protocol.Tracker without grace periods.
	Transitions []protocol.Transition `json:"transitions,omitempty"`
	Tickets     []protocol.Ticket     `json:"tickets,omitempty"`
	// Witnessed is what the stack itself found broken at the time though nobody
	// has broken it, see stack.Witness. Who says that it is, is right.
	Witnessed []fault.Mark `json:"witnessed,omitempty"`
}

// IsWitnessed tells whether the stack itself found something broken.
func (o *Observation) IsWitnessed(invariant, entity string) bool {
	return slices.ContainsFunc(o.Witnessed, func(m fault.Mark) bool { return m.Matches(invariant, entity) })
}

// Accusing is what was observed without the violations that are witnessed.
func (o *Observation) Accusing() protocol.Observation {
	rest := o.Observation
	if len(o.Witnessed) > 0 {
		rest.Violations = slices.DeleteFunc(slices.Clone(rest.Violations), func(v protocol.Violation) bool { return o.IsWitnessed(v.Invariant, v.Entity) })
	}
	return rest
}

// A Phase is where a fault is in its life.
type Phase string

// The phases, in their order. A fault that was not injected completely is
// healed all the same.
const (
	Injecting Phase = "injecting"
	Injected  Phase = "injected"
	Healing   Phase = "healing"
	// Healed: what was hurt works by itself again.
	Healed Phase = "healed"
	// Settled: the stack was found healthy, past the subject, after the fault was
	// healed. Of faults that overlap, all settle together.
	Settled Phase = "settled"
)

// A Fault is a change of one fault's phase.
type Fault struct {
	// ID tells this injection from others of the run.
	ID int `json:"id"`
	// Name is the fault's, and Phase what it is in from now on.
	Name   string       `json:"name"`
	Phase  Phase        `json:"phase"`
	Impact fault.Impact `json:"impact"`
	// Delay is the impact's.
	Delay time.Duration `json:"delay,omitempty"`
	// Err is why the phase was not reached, empty if it was.
	Err string `json:"error,omitempty"`
}

// Health is what the stack's own health check said.
type Health struct {
	// Err is what was wrong, empty if nothing was.
	Err string `json:"error,omitempty"`
}

// A Step is progress of the scenario.
type Step struct {
	// Number counts the scenario's steps from 1; 0 is before the first, and one
	// more than there are is what has to be true after healing.
	Number int `json:"number"`
	// What says what is done or was expected, in words.
	What string `json:"what"`
	// Expects are the verdicts other than held that the step expects, of a step
	// that begins. Until a fault has settled after that, or else to the end, they
	// are no false alarms.
	Expects []fault.Mark `json:"expects,omitempty"`
	// Took is how long it was waited for what was expected.
	Took time.Duration `json:"took,omitempty"`
	// Failed says why the step failed or the expectation was missed, empty if it
	// did not.
	Failed string `json:"failed,omitempty"`
}

// Usage is what one process uses at a moment. What could not be read is -1.
type Usage struct {
	// Part is the part's name; "runner" is the process that runs the scenario.
	Part string `json:"part"`
	PID  int    `json:"pid"`
	// ResidentBytes is its resident memory, Descriptors its open files, Threads
	// its threads, Children its child processes.
	ResidentBytes int64 `json:"resident_bytes"`
	Descriptors   int   `json:"descriptors"`
	Threads       int   `json:"threads"`
	Children      int   `json:"children"`
	// Goroutines are the runner's, -1 of every other process.
	Goroutines int `json:"goroutines"`
}

// Host is one line of a host process that watches the subject on its own.
type Host struct {
	// Event is the event as the host wrote it, a host.Event in JSON.
	Event json.RawMessage `json:"event"`
}
