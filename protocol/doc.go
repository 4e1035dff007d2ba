// Package protocol is the contract between an operator and a running system.
//
// An operator, be it a person, a script or a model, keeps a distributed system
// healthy in a loop: look, judge, act, look again. The loop is the same for
// every system. What differs is the [Subject]: how to look at this system,
// which invariants it must hold, and which actions repair it.
//
//	     +----------- Observe -----------+
//	     v                               |
//	Observation -> Tracker -> Ticket -> operator -> Act -> Outcome
//
// # A subject
//
// A Subject has two methods. Observe looks and never touches; Act changes one
// thing, once. All else about a subject is data, in its [Definition]: its name,
// the schemas of its configuration and of its state, its invariants, its
// catalogue of actions, and a guide that tells an operator how the system's
// failures look. A Definition also opens the subject, which validates the
// configuration completely and contacts nothing, so that a subject can be
// loaded while its system is down. The package's example is a whole subject.
//
// # Three verdicts
//
// An [Observation] judges every invariant of the Definition, and there are
// three verdicts, not two:
//
//   - broken: listed in Violations;
//   - unknown: listed in Unchecked, with the source that could not be read;
//   - held: in neither list, and then it was really checked.
//
// Missing data is therefore never zero and never "fine". A subject that cannot
// reach its database does not return an empty list of violations: it returns
// the invariants that it could not check. This package exists because a
// predecessor got that wrong: a database outage made its observation fail, the
// failure was read as "no violations", and every open incident was closed.
//
// A source that fails makes an observation partial. The error of Observe is for
// the call itself: cancelled, closed, or made wrongly.
//
// # Time
//
// Violations are instantaneous: what is broken now. How long something may be
// broken before anybody is told is the invariant's grace period, and it is the
// host that applies it, with a [Tracker]: pending, firing, resolved, as in
// Prometheus's alerting rules. The Tracker keeps unknown unknown. A [Ticket]
// whose invariant could not be checked stays as it was; it neither ages into
// firing nor resolves.
//
// # Acting
//
// An [Action] names an entry of the catalogue, its parameters and an ID. The ID
// makes it at most once: the same ID brings the same [Outcome]. A dry run
// reports the changes that would be made and makes none. An Outcome says that
// the system accepted the change, not that it cured anything; the next
// observation tells. An [Error] of Act says whether the change was applied, was
// not, or whether nobody can know, and a change of unknown effect is never
// repeated blindly.
//
// # The boundary
//
// Everything here is plain data, errors included, so a subject behaves the same
// in the host's process and in one of its own. JSON field names are part of the
// contract; durations are numbers of milliseconds in fields that end in _ms;
// times are RFC 3339 in UTC.
//
// Package protocol imports the standard library and nothing else.
package protocol
