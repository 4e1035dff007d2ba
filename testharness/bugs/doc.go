// Package bugs holds mistakes that a subject could make, made on purpose. They
// are there to judge the judges: each is a right subject with one thing wrong,
// a scenario that brings it to light, and the name of the standing rule that has
// to find it. A rule that lets its bug pass is worth nothing.
//
// A [Bug] is put between the runner and the subject by scenario.Options.Wrap. It
// makes its mistake as somebody would who meant well: by what it really reads,
// sends, forgets or holds, and not by knowing the scenario.
//
// The rule nothing_resolved_while_unknown has no bug here. What it judges is done
// by who tracks the tickets, which no subject can get wrong; its tests do.
package bugs
