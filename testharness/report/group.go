package report

import (
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
)

// A group is the repeats of one scenario through one transport.
type group struct {
	system, scenario, transport string
	row                         string
	runs                        []Run
}

// groups are the runs by what they repeat, in the order of the first of each.
func groups(runs []Run) []group {
	var list []group
	at := make(map[[3]string]int)
	for _, r := range runs {
		key := [3]string{r.System, r.Scenario, string(r.Transport)}
		i, ok := at[key]
		if !ok {
			i = len(list)
			at[key] = i
			list = append(list, group{system: key[0], scenario: key[1], transport: key[2], row: r.Row})
		}
		list[i].runs = append(list[i].runs, r)
	}
	return list
}

// count is how many of the group's runs have a verdict.
func (g group) count(v scenario.Verdict) int { return Report{Runs: g.runs}.Count(v) }

// A spread is the median and the worst of some durations.
type spread struct {
	n             int
	median, worst time.Duration
}

// spreadOf leaves out what is nil. The median of an even number is the mean of
// the two in the middle.
func spreadOf(list []*time.Duration) spread {
	var known []time.Duration
	for _, d := range list {
		if d != nil {
			known = append(known, *d)
		}
	}
	n := len(known)
	if n == 0 {
		return spread{}
	}
	slices.Sort(known)
	return spread{n: n, median: (known[(n-1)/2] + known[n/2]) / 2, worst: known[n-1]}
}

// spreads are those of a group's times to detect, to resolve, and of the runs.
func (g group) spreads() (detect, resolve, took spread) {
	n := len(g.runs)
	d, r, t := make([]*time.Duration, n), make([]*time.Duration, n), make([]*time.Duration, n)
	for i, run := range g.runs {
		d[i], r[i] = run.Times()
		t[i] = new(run.Took)
	}
	return spreadOf(d), spreadOf(r), spreadOf(t)
}
