// Package ratelimiter is the rate limiter as a system that scenarios are played
// on: a cluster of package cluster on a Redis of package redisset, with the
// harness on every connection.
//
// # Parts and links
//
// Its parts are "node-1" and so on, those of the Redis ("redis" where it is a
// single one, see package redisset), and "prometheus". Its links are
//
//	operator->node-N       the management API and /health; what the node registers
//	operator->redis        what the subject reads of the counters
//	operator->prometheus   what the subject asks of the metrics
//	node-N->redis          the checks and the registration of one node
//	prometheus->node-N     the scrapes of one node
//
// Clients of Sentinel and of a Cluster learn by themselves which servers there
// are, so in those shapes there are no links to Redis. The load goes to the
// nodes directly.
//
// # Entities
//
// Entities are node IDs for what is about nodes, and keys for what is about
// counters. The usual load checks the keys "user:1" to "user:60", each at half
// of the default limit. A load that needs more takes keys with limits of their
// own, "busy:LIMIT:1" to "busy:LIMIT:30". The management API lists at most 100
// counters, and what it does not list cannot be compared; so a scenario should
// stay well below that with its own keys.
package ratelimiter
