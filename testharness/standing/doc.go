// Package standing has the rules that every run of every scenario must keep,
// whatever it is about, and judges them.
//
// It knows the contract and nothing of a particular system, and it sees the
// record of a run and nothing else: not the runner, not the stack, not the
// subject. What it needs of the contract it works out by itself, in a few lines
// (package protocol's Tracker is one of the things that are judged here). A
// [Finding] is a rule that a run broke, with the observation that did.
//
// # What is active when
//
// A fault is active from Injecting until it is Settled, and two intervals beyond:
// what was seen at the end of it is still being told then. While it is active
// the violations that its Impact allows are no false alarms, and of several
// faults it is the union. What it Breaks or Blinds to is owed by the subject only from the
// moment it is Injected until it is Healing. A fault that heals by itself, such
// as a restart, therefore declares what it does under May: nothing of it is left
// to be noticed once it is injected.
package standing
