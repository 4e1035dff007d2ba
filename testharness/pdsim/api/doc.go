// Package api answers as the HTTP API of PD v8.5 does, for a [sim.Cluster].
//
// What PD answers is known from recordings of a real one, and the tests compare
// with them: indented JSON with a newline at its end, but regions, which come
// compact and as application/octet-stream; refusals as a JSON text with a code
// in brackets, of which one is quoted twice; statuses that follow no system.
// Refusals that were never recorded are in the words of PD's documentation.
//
// Paths below /pd/api/v1 are PD's. Those below /sim are not: by them the store
// processes heartbeat (a real store has gRPC for that), and tests make trouble.
package api
