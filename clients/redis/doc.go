// Package redis reads a rate limiter's state where it lives: in Redis.
//
// The limiter keeps three kinds of keys, all under one prefix ("ratelimit:"):
//
//	ratelimit:KEY        sorted set   the counter: one member per request, score = time in ms
//	ratelimit:KEY:seq    string       makes the members unique
//	ratelimit:limit:KEY  hash         limit, window_ms: the key's own limit, where it has one
//
// KEY is chosen by the limiter's callers and may be any bytes: it may itself end
// in ":seq" or begin with "limit:". Only the Redis type tells the kinds apart,
// so this package asks for the type wherever the name leaves a doubt.
//
// ZCARD of a counter, its Count, includes requests that have left the window and
// were not swept out yet. The requests that count against the limit, InForce,
// are those with a score inside the window, by Redis's own clock.
//
// # What it costs
//
// Reads are pipelined: [Client.Counters] reads n keys in about n/500 round trips,
// and a [Sweeper] walks a keyspace of any size in steps, with every SCAN in the
// same round trip as the reads of the page before it, for as long as there is
// something to look after, at a cost that does not depend on how many counters
// there are: each step spends a budget of time, two commands read a counter, and
// after a full pass only those are read that Redis says have changed. Nothing here
// writes, blocks the server, or runs a command whose cost grows with the keyspace.
//
// # What it may do
//
// On the limiter's keys, +ping +time +scan +type +dbsize +zcard +zcount +pttl
// +hmget, and +cluster|slots in a Cluster, are enough for everything. With +exists
// a Sweeper asks for less, with +info it can walk a server by several chains and
// knows when that was restarted, and with +hello and +client|tracking it can
// follow what changes.
//
// # What it promises
//
// A call returns by its context's deadline, whatever hangs: the connecting, the
// handshake, the answer, or the wait for a free connection. Calls without a
// deadline are bounded by [Options].Timeout per round trip. Nothing dials in the
// background and nothing outlives [Client.Close].
//
// Every error is a [failure.Error]. Its class is one of Unreachable, Timeout,
// Canceled, Unauthenticated, Forbidden, WrongType, ReadOnly, OutOfMemory,
// Loading, ClusterDown, Rejected (a command that this server does not serve, a
// redirection that only a Cluster client could follow), Malformed, TooLarge,
// Failing (any other error answer), or Invalid (refused before sending). See
// [Classify] for which answer is which.
//
// One address, a unix socket, a Sentinel set and a Cluster are all served; see
// [Options]. Keys that a Cluster moves between masters while they are being
// scanned may be missed or seen twice by that scan.
package redis
