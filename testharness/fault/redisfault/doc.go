// Package redisfault has the faults of the Redis under a rate limiter: what
// happens to Redis itself, to who may use it, and to the data that it holds.
//
// [Kinds] are all of them, for a [stack.Stack] that is a [Target]. Each file has
// one. They go past the limiter and past every link, with the rights of the
// harness, and leave Redis as it was: settings, users, certificates and the
// values of keys. What a fault has made the limiter forget does not come back:
// counters that were flushed, and what a failover has lost.
//
// What an operator must notice is told by each fault itself. The reasons:
//
//   - A limiter that cannot write to Redis (read-only, out of memory) does not
//     refresh its registrations either, so that its nodes are gone from the
//     registry once those have expired.
//   - A Redis that answers nobody, or nobody in a way that can be trusted
//     (loading, TLS), is not there: redis_disconnected.
//   - A Redis that refuses the subject says nothing about the limiter's: what only
//     it knows is unknown.
//   - One that moves, loses connections, or is replaced within seconds need not be
//     noticed at all, and what is noticed meanwhile is no false alarm.
package redisfault
