// Package report shows what came of runs of scenarios: as a table for a person
// ([Text]), as JUnit's XML for CI ([JUnit]), as JSON for programs ([JSON]), and as
// one page of HTML that needs nothing else ([HTML]).
//
// All four say the same. A [Report] is a list of [Run]s, each the result that
// package scenario made of one run. Runs of the same scenario through the same
// transport are repeats of each other, and are shown together, with the median and
// the worst of
//
//   - the time to detect: from the moment when a fault was there to the end of the
//     observation that noticed it; of a run with several faults it is that of the
//     fault which took longest
//   - the time to resolve: from the moment when what was hurt worked again to the
//     end of the first observation that has everything held; again of the slowest
//
// as [scenario.FaultTimes] has them. Both include the interval between
// observations, and the second the system's own way back. A run in which nothing
// had to be noticed has neither, and what was never noticed is a finding and has
// no time.
//
// Text from the observed system can be anything. It is bounded, and what a
// terminal, XML or a browser could obey is escaped, in every format but JSON,
// which has all of it, escaped as JSON.
package report
