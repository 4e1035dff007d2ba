// Package verify checks what a subject answers: against the contract, and
// against the subject's own Definition.
//
// A subject is somebody else's code, and a host acts on what it says. An
// observation that names an invariant that nobody declared, that lies in the
// future, or whose state is not as its schema has it, is no data but a mistake
// of the subject's, and has to be told from data before anything is concluded
// from it. A [Checker] does that:
//
//	checker, err := verify.New(protocol.DefinitionOf(subject, definition))
//	...
//	observation, err := subject.Observe(ctx)
//	...
//	err = checker.Observation(observation, time.Now())
//
// Its errors are [protocol.Error]s: Internal, with a field for each thing that
// is wrong, such as violations[3].invariant or state.nodes[0].id. They name 20
// fields at most. Texts of the subject's appear in them quoted and cut, values
// of its documents never.
//
// # What it costs
//
// A check is bounded in time and memory whatever it is given, the schemas
// included, which are the subject's own too. A state is not decoded as a whole:
// it is read through once, beside the schema, where that says what kind of
// thing is where (type, properties, required, additionalProperties, items, the
// bounds of sizes, texts and numbers, enum, and references to such schemas).
// Other keywords, such as oneOf or patternProperties, need the value that they
// speak of decoded; it may have [MaxWholeBytes] at most, and a larger one is an
// error, because it cannot be known to be right. [MaxValueWork] bounds what
// looking at one of them takes, and [MaxSchemaWork] what all of them and matching
// patterns take in one document: about a second, for the worst of schemas. That
// is counted and not timed, so a verdict does not depend on how busy a machine
// is. Large lists belong where plain keywords lead to them.
//
// Documents are JSON as RFC 7493 (I-JSON) has it: UTF-8, no field twice in one
// object, numbers of a size that programs can be expected to read.
package verify
