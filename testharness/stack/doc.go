// Package stack is what the harness needs to know of a system under test, and
// nothing of what the system is for.
//
// A [System] is a kind of system: how a topology of it is described and started,
// which faults it knows, which subject looks after it. A [Stack] is one that
// runs: its processes ([Part]), the connections between them
// (package network's links), the load on it, and questions about it that are
// answered past the subject: is it well, what has changed, what is in it.
//
// Who writes a subject for another system implements both for it, and gets the
// generic faults, the scenarios, the standing rules and the evidence with it.
package stack
