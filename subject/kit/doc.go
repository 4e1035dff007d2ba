// Package kit is what every subject needs and none should write again.
//
//   - [Read] reads the sources of one observation concurrently, each within its
//     own timeout and all within the observation's deadline ([Round]).
//   - [Judge] collects verdicts so that an invariant which nobody judged comes
//     out unknown, never held, and so that lists are bounded without a broken
//     entity being taken for a held one.
//   - [Actor] finds an action, checks its parameters against their schema, and
//     does it at most once for each ID.
//   - [Schema] and [DecodeConfig] derive JSON Schemas from Go types and name
//     every wrong field of a configuration at once.
//   - [Sharing] lets callers who come in crowds share one look, and [Room] bounds
//     the lists of its state.
//   - [Lifetime] lets calls in until the subject is closed, and closes it when
//     the last has left.
//
// Texts that may hold a secret or a stranger's bytes are treated as such: a
// wrong field is told by its path and never by its value, names are quoted, and
// whatever is listed is bounded.
//
// It knows the contract and the clients' vocabulary of failures, and no system.
package kit
