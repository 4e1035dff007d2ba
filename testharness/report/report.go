package report

import (
	"strconv"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
)

// A Report is the runs of one call, in the order in which they are shown.
type Report struct {
	// Version is that of the program which ran them.
	Version string
	// Began is when the first run began, and Took how long all of them took.
	Began time.Time
	Took  time.Duration
	Runs  []Run
	// NotRun is how many runs an interrupt has kept from being tried.
	NotRun int
}

// A Run is one run of a scenario.
type Run struct {
	scenario.Result
	// Replay is the command line that runs it again with the same seed.
	Replay string
}

// NewRun returns a run without what no format shows of it (the states, the
// tickets, what processes used), so that hundreds can be kept. The result is not
// changed.
func NewRun(r scenario.Result, replay string) Run {
	events := make([]record.Event, 0, len(r.Record.Events))
	for _, e := range r.Record.Events {
		if e.Usage != nil {
			continue
		}
		if o := e.Observation; o != nil {
			small := *o
			small.Observation.State, small.Observation.Sources = nil, nil
			small.Read, small.Transitions, small.Tickets = nil, nil, nil
			e.Observation = &small
		}
		events = append(events, e)
	}
	r.Record.Events = events
	return Run{Result: r, Replay: replay}
}

// Count is how many runs have a verdict.
func (r Report) Count(v scenario.Verdict) int {
	n := 0
	for _, run := range r.Runs {
		if run.Verdict == v {
			n++
		}
	}
	return n
}

// OK tells whether all there was to run has run, and has passed. A report of
// nothing is not OK.
func (r Report) OK() bool {
	return len(r.Runs) > 0 && r.NotRun == 0 && r.Count(scenario.Passed) == len(r.Runs)
}

// Times are how soon the slowest of a run's faults was noticed, and how soon
// everything was well after it; nil where there is no such time.
func (r Run) Times() (detect, resolve *time.Duration) {
	for _, f := range r.Faults {
		detect, resolve = slower(detect, f.Detect), slower(resolve, f.Resolve)
	}
	return detect, resolve
}

func slower(a, b *time.Duration) *time.Duration {
	if a == nil || b != nil && *b > *a {
		return b
	}
	return a
}

// A problem is one thing for which a run has not passed.
type problem struct {
	// name is what was not kept: "rule never_silent", "step 3: ...".
	name string
	// at is when, zero where that cannot be told.
	at      time.Time
	message string
}

// problems are all of a run's: what kept it from being tried, what the scenario
// expected, what the standing rules say.
func (r Run) problems() []problem {
	var list []problem
	switch {
	case r.Interrupted():
		list = append(list, problem{name: "interrupted", message: r.Error})
	case r.Error != "":
		list = append(list, problem{name: "could not be tried", message: r.Error})
	}
	for _, f := range r.Failures {
		list = append(list, problem{name: stepName(f.Step) + f.What, message: f.Message})
	}
	for _, f := range r.Findings {
		list = append(list, problem{name: "rule " + f.Rule, at: f.At, message: f.Message})
	}
	if len(list) == 0 && r.Verdict != scenario.Passed {
		list = append(list, problem{name: string(r.Verdict), message: "nothing was said about why"})
	}
	return list
}

// stepName is a step's number in words.
func stepName(n int) string {
	if n == 0 {
		return "before the first step: "
	}
	return "step " + strconv.Itoa(n) + ": "
}
