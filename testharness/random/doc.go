// Package random makes scenarios out of numbers: schedules of faults that nobody
// has thought out, to find what nobody has thought of.
//
// A schedule is a scenario like any other. It can be printed, replayed from its
// seed, and cut down by hand to the few steps that matter.
package random
