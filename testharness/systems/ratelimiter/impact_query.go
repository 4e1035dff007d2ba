package ratelimiter

import (
	"encoding/json"
	"net/http"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
)

// queryKinds tell of each fault of Prometheus's answers what it does to whoever
// asks it.
var queryKinds = map[string]func(e *effects){
	// A success that knows nothing, and one that knows no numbers: Prometheus is
	// there, and what it was asked for is not.
	"prometheus_empty": func(e *effects) { e.blind(highLatency, ghostAllowing) },
	"prometheus_nan":   func(e *effects) { e.blind(highLatency, ghostAllowing) },
	// Infinitely slow, and infinitely many; or nothing that makes sense.
	"prometheus_inf": func(e *effects) {
		e.must(highLatency, ghostAllowing)
		e.could(metricsUnavailable)
	},
	// Which of two values counts is anybody's guess.
	"prometheus_duplicate_series": func(e *effects) { e.could(metricsUnavailable, highLatency, ghostAllowing) },
	"prometheus_error":            withoutPrometheus,
	"prometheus_warnings":         func(*effects) {},
}

// queryImpact is that of a fault of Prometheus's answers. Others do not speak its
// language, and what they say is left alone, but for the error document, which is
// for everybody.
func (s *Stack) queryImpact(kind, on string, with json.RawMessage) fault.Impact {
	p := answerParams{Path: "/api/v1/query", Status: http.StatusServiceUnavailable}
	if len(with) > 0 && json.Unmarshal(with, &p) != nil {
		return fault.Impact{} // it is no fault either
	}
	if kind == "prometheus_error" {
		return s.uselessImpact(p.Path, on, p.Status)
	}
	var e effects
	for _, link := range s.matched(on) {
		if link.To() == partPrometheus && hits(p.Path, "/api/v1/query") {
			queryKinds[kind](&e)
		}
	}
	return e.impact
}
