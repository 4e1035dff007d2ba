// Package usage tells what processes use, and what a run has left behind.
//
// Usage is read from /proc, so on Linux only; elsewhere every number but the
// runner's goroutines is -1, which the standing rules take for unknown.
//
// What is left behind is told by the [Claims] of a run: what it made is noted
// when it is made, and looked for when all of it should be gone. Looking around
// in /tmp or in the table of processes would find what other runs on the machine
// are still using.
package usage
