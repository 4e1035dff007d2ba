//go:build linux && race

package faulty_test

// raceEnabled is that the race detector is in this binary, which multiplies
// what a process needs.
const raceEnabled = true
