// Package demo walks through the operator's loop on a real cluster: look, judge,
// act, look again. It starts the cluster, hurts it, and shows what the loaded
// plugin says, with the time that each detection took. Whatever does not happen
// within its bound ends the walk with an error that says what was waited for.
//
// [RateLimiter] is the walk for the rate limiter; [Walk] is what walks have in
// common.
package demo
