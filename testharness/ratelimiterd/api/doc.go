// Package api is a node's HTTP interface: the check that applications call, the
// management API that operators call, and /health and /metrics.
//
//	POST /check                        {"key","limit"?,"window_ms"?}
//	GET  /api/nodes                    the registered nodes
//	GET  /api/counters                 at most 100 counters with the count in force
//	GET  /api/limits                   the defaults
//	GET  /api/blocks                   at most 100 counters at or above their limit
//	POST /api/counters/{key}/reset     forgets a key's requests
//	PUT  /api/limits/{key}             {"limit","window_ms"?} gives a key its own limit
//	GET  /health                       the process lives; says nothing of Redis
//	GET  /metrics, /metrics/           for Prometheus
//
// # Keys
//
// A key is any sequence of bytes up to [MaxKey]; in a path it is what stands,
// percent-decoded, between what is before and after it, be it empty, "..", or
// full of slashes. Paths are therefore matched as they were sent: never cleaned,
// never redirected. JSON carries Unicode only, so /check refuses a key that is
// not, and where a listing meets one (written by somebody else) its invalid
// bytes are shown as U+FFFD; the path of a reset still reaches it.
//
// # Errors
//
// Errors are JSON: {"detail": text}, or for a request that is not valid (422) a
// list of {"loc","msg","type"}, one for each wrong field. A Redis that does not
// answer is a 503 within the configured timeout, and a 409 says that two keys
// need the same name in Redis (see package window). What needs no Redis,
// /health and /api/limits, answers without one.
package api
