package scenario

import (
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/standing"
)

// A Verdict is what came of a run.
type Verdict string

// The verdicts.
const (
	// Passed: all that was expected was seen, and no standing rule was broken.
	Passed Verdict = "passed"
	// Failed: an expectation was missed, or a standing rule broken.
	Failed Verdict = "failed"
	// Errored: the run says nothing about the subject, because the harness could
	// not do its part: the system did not start, a fault could not be injected,
	// somebody interrupted.
	Errored Verdict = "error"
)

// A Result is what came of one run of one scenario.
type Result struct {
	Scenario  string    `json:"scenario"`
	Summary   string    `json:"summary"`
	Row       string    `json:"row,omitempty"`
	System    string    `json:"system"`
	Transport Transport `json:"transport"`
	Seed      uint64    `json:"seed"`
	// Repeat counts the runs of the same scenario over the same transport from 1.
	Repeat  int     `json:"repeat"`
	Verdict Verdict `json:"verdict"`
	// Failures are the expectations that were missed, in their order.
	Failures []Failure `json:"failures"`
	// Findings are the standing rules that were broken.
	Findings []Finding `json:"findings"`
	// Error is why the verdict is Errored, empty otherwise.
	Error string `json:"error,omitempty"`
	// Faults are those that were injected, in that order, with what it took to
	// notice them and to be well again.
	Faults []FaultTimes `json:"faults"`
	// Began is when the run did, and Took how long it was, start and end of the
	// system included.
	Began time.Time     `json:"began"`
	Took  time.Duration `json:"-"`
	// Record is all that happened.
	Record record.Record `json:"-"`
	// Evidence is the folder in which it is kept, empty if there is none.
	Evidence string `json:"evidence,omitempty"`
}

// A Failure is an expectation that was missed.
type Failure struct {
	// Step counts the scenario's steps from 1. Zero is before the first, and one
	// more than there are is after the healing.
	Step int `json:"step"`
	// What was expected or done, in words.
	What string `json:"what"`
	// Message says what was missed, and what the observation that came closest
	// said instead.
	Message string `json:"message"`
	// Observation is the number of that observation, zero if there was none.
	Observation int `json:"observation,omitempty"`
}

// A Finding is a standing rule that was broken; see package standing.
type Finding = standing.Finding

// FaultTimes are the times of one fault of a run.
type FaultTimes struct {
	// ID is the injection's in the record, and Name what is done to what.
	ID   int    `json:"id"`
	Name string `json:"name"`
	// Injected is when it was there, and Healed when what was hurt worked again.
	Injected time.Time `json:"injected,omitzero"`
	Healed   time.Time `json:"healed,omitzero"`
	// Detect is the time from Injected to the end of the first observation that
	// noticed it: that reports the mark of its impact broken or unknown, each of
	// them, or where its impact names none, that has what its step expects. Nil
	// where nothing was to be noticed, or nothing was.
	Detect *time.Duration `json:"-"`
	// Resolve is the time from Healed to the end of the first observation that
	// has everything held and leaves no ticket open, and that no other fault was
	// there to spoil. Nil where there was none.
	Resolve *time.Duration `json:"-"`
}
