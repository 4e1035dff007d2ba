package report

import (
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
)

// Interrupted tells whether somebody ended the run before it was over. It is one
// of the errors, and nobody's fault.
func (r Run) Interrupted() bool {
	return r.Verdict == scenario.Errored && r.Record.CutShort == record.Interrupted
}

// interrupted is how many runs somebody has ended.
func (r Report) interrupted() int {
	n := 0
	for _, run := range r.Runs {
		if run.Interrupted() {
			n++
		}
	}
	return n
}

// verdict is the run's verdict with its symbol.
func (r Run) verdict() string {
	if r.Interrupted() {
		return "! interrupted"
	}
	return verdictText(r.Verdict)
}

// verdictText is that of the worst of the group's runs. An error is worse than an
// interrupt.
func (g group) verdictText() string {
	worst, _ := worstOf(g)
	i := slices.IndexFunc(g.runs, func(r Run) bool { return r.Verdict == worst && !r.Interrupted() })
	return g.runs[max(0, i)].verdict()
}
