// Package ratelimiter is the subject for a distributed rate limiter: stateless
// HTTP nodes that keep sliding windows in Redis and report to Prometheus.
//
// It composes three clients. The management API tells which nodes there are and
// what they count; Redis tells what is really stored; Prometheus tells how fast
// the nodes answer and what they let pass. An observation asks all three at the
// same time, compares what they say, and judges ten invariants; what a source
// did not answer stays unknown. Redis and Prometheus may be left out of the
// configuration; then what only they know is unknown, always.
//
// One observation is a [gathering] (what was read, and why what was not was
// not), which the judges in judge*.go turn into verdicts and document.go into
// the document that an operator reads. They look at nothing else.
//
// # What it costs
//
// Asking needs to know what to ask: the nodes to probe, the keys to look up. An
// observation asks at once for what the last one saw (memory.go), and in a
// second round only for what is new, so that looking costs about one round trip
// to the slowest source. Redis is read within a budget; a keyspace beyond it is
// toured by several observations (sweeps.go), and what is wrong with a key is
// looked after until it is well. Callers who come in crowds share one look
// ([kit.Sharing]).
package ratelimiter
