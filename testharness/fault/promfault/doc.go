// Package promfault has the faults of Prometheus's answers: what it says when it
// knows nothing, or too much, or nothing that makes sense.
//
// Each is done to links that lead to a Prometheus, and to requests for instant
// and range queries (https://prometheus.io/docs/prometheus/latest/querying/api/),
// or those whose path begins with the parameter path. They change the real
// answer, but for prometheus_error, for which Prometheus is not asked.
//
// What else can become of a Prometheus is elsewhere: that it is down, hangs or
// starts slowly in package processfault; that it answers 503, slowly, in HTML, or
// without end in package httpfault; that it has stopped scraping, so that its
// samples get old, in package netfault as a black_hole on "prometheus->*".
package promfault
