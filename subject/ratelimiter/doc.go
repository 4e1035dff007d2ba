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
// to the slowest source. Counters are read in Redis within a budget, the next
// observation going on where the last one stopped; after one sweep over all of
// them only those are read that Redis says have changed, those whose windows
// have moved on, those that are wrong, and those closest to their limits
// (census.go). So looking costs the same for a thousand counters and for ten
// million. Callers who come in crowds share one look
// ([kit.Sharing]).
package ratelimiter
