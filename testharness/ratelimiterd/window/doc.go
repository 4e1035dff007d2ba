// Package window is the limiter's memory: sliding windows in Redis.
//
// A key may make so many requests within any window of so many milliseconds.
// Each request that was allowed is one member of the key's sorted set, its score
// the time in milliseconds; those that have left the window are removed when the
// key is next checked, and how many remain decides. All of it is one Lua script,
// hence atomic however many nodes share the Redis, and the clock is that of
// Redis, hence the same for all of them.
//
// # Names in Redis
//
// For the user key K:
//
//	ratelimit:K         sorted set   the requests in the window
//	ratelimit:K:seq     string       how many were allowed since it last expired
//	ratelimit:limit:K   hash         limit and window_ms, where K has its own
//
// The first expires one window after the last check, the second one window after
// the last request that was allowed. These names are shared with other
// implementations of the same limiter, and they are not unambiguous: the user key
// "a:seq" counts where key "a" has its string, and the user key "limit:b" counts
// where key "b" has its own limit. The type tells what a name holds, so the
// scripts look at it and leave alone what is not theirs:
//
//   - A check never needs the string: what makes a member unique is a nonce of
//     the node. Where ":seq" holds something else it is left as it is.
//   - A check reads an own limit only from a hash.
//   - A check of a key whose counter would be in the place of something else is
//     refused with a [*ConflictError], neither allowed nor counted: to delete
//     another key's string could make its requests collide in an implementation
//     that builds members from it. The same for an own limit in the place of a
//     counter.
//   - A reset deletes only a sorted set, and only a string beside it.
//
// # Which limit is in force
//
// The key's own limit, else the one the request asks for, else the default;
// the same for the window, each by itself. A listing knows no request, so there
// it is the key's own, else the default. A key should be asked for with one
// window only, for a check removes what lies outside its own.
//
// The scripts read the clock before they write, which needs Redis 5 or newer.
//
// # On a Cluster
//
// A Redis Cluster keeps the three names of a key in different slots, most often
// on different servers, and a script sees one slot only. There a check is three
// steps: the own limit is read, the script counts and decides on the counter
// alone, and the string is counted up after a request was allowed. What decides
// is still one script, so no more requests than the limit are allowed however
// many nodes ask. What differs is small: a limit that is set while a check is
// between its steps is in force from the next check on; the string may lag behind
// or, where the last step fails, miss a request, and is no part of a member's
// name; and a listing counts each counter by itself, by the clock of any of the
// servers.
//
// # A wrong clock
//
// With [NewSkewed] the time is that of Redis plus an offset, as if each node took
// it from a clock of its own and this one's were wrong. One that is ahead writes
// requests that stay too long, and takes those of the others for older than they
// are and removes them; one that is behind writes requests that the others
// remove too early.
package window
