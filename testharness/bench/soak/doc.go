// Package soak watches a real rate limiter for long, and tells whether what the
// watching costs grows.
//
// A cluster of real nodes, Redis and Prometheus is kept under load. An operator
// with the plugin of the rate limiter, both built from this module, observes it
// every second. Meanwhile the resident memory, the file descriptors, the threads
// and the CPU time of the two processes are sampled. What comes of it is a
// [Record], written as JSON, as a table, and as a plot.
//
// Only Linux tells what processes use; elsewhere there are no samples.
package soak
