// Package keyfault has keys that are chosen to do harm, and the fault that makes
// one of them go over its limit.
//
// The keys of a rate limiter are chosen by its callers, so they may be anything: a
// path, an escape sequence, a query, an order to whoever reads it. An operator has
// to find each of them, name it exactly, and repair it, and no other one. [Keys]
// has one key for everything on the way from Redis to a person that a key might be
// mistaken for; scenarios call them by their names:
//
//	fault: {kind: key_over_limit, with: {named: dot_segments}}
package keyfault
