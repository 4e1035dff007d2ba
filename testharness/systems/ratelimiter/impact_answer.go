package ratelimiter

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
)

// lie is what a fault of answers makes of them.
type lie int

// The lies.
const (
	// useless: nobody can make anything of it, or it does not come in time.
	useless lie = iota
	// harmless: it says the same, in other words.
	harmless
	// doubtful: it may be of use, or may not.
	doubtful
	// believable: it can be understood, and says whatever it likes.
	believable
)

// answerParams are the parameters of faults of answers that matter here.
type answerParams struct {
	Path           string   `json:"path"`
	Status         int      `json:"status"`
	Delay          duration `json:"delay"`
	BytesPerSecond int      `json:"bytes_per_second"`
	Framing        string   `json:"framing"`
}

// answerKinds tell of each fault of HTTP answers what it makes of them.
var answerKinds = map[string]func(p answerParams) lie{
	"http_html":           func(answerParams) lie { return useless },
	"http_empty_body":     func(answerParams) lie { return useless },
	"http_reset":          func(answerParams) lie { return useless },
	"http_huge":           func(answerParams) lie { return useless },
	"http_redirect_loop":  func(answerParams) lie { return useless },
	"http_unknown_fields": func(answerParams) lie { return harmless },
	// What is not JSON is left as it is.
	"http_wrong_types": func(answerParams) lie { return useless },
	"http_status": func(p answerParams) lie {
		if p.Status >= http.StatusOK && p.Status < http.StatusMultipleChoices {
			return believable
		}
		return useless
	},
	// Half of the metrics may be metrics.
	"http_truncated": func(p answerParams) lie {
		if p.Framing == "none" {
			return doubtful
		}
		return useless
	},
	"http_slow_headers": func(p answerParams) lie {
		if p.Delay == 0 || time.Duration(p.Delay) > patience {
			return useless
		}
		return doubtful
	},
	// The shortest answer that anybody asks for is that of /health.
	"http_slow_body": func(p answerParams) lie {
		if p.BytesPerSecond <= 20 {
			return useless
		}
		return doubtful
	},
}

// answerImpact is that of a fault of the answers on all links that match.
func (s *Stack) answerImpact(kind func(answerParams) lie, on string, with json.RawMessage) fault.Impact {
	var p answerParams
	if len(with) > 0 && json.Unmarshal(with, &p) != nil {
		return fault.Impact{} // it is no fault either
	}
	switch kind(p) {
	case harmless:
		return fault.Impact{}
	case doubtful:
		return softened(s.uselessImpact(p.Path, on, 0))
	case believable:
		return s.believableImpact(on)
	default:
		return s.uselessImpact(p.Path, on, p.Status)
	}
}

// uselessImpact is that of answers to requests for paths that begin so, which
// nobody can make anything of.
func (s *Stack) uselessImpact(path, on string, status int) fault.Impact {
	var e effects
	var asked, scraped []string // nodes, by which of their links is hurt
	for _, link := range s.matched(on) {
		switch from, to := link.From(), link.To(); {
		case !link.HTTP():
		case to == partPrometheus:
			if hits(path, "/api/v1/query") {
				withoutPrometheus(&e)
			}
		case from == network.Operator:
			asked = append(asked, to)
		case hits(path, "/metrics"):
			scraped = append(scraped, to)
		}
	}
	s.withUselessAnswers(&e, asked, path, status)
	s.withoutScrapes(&e, scraped)
	return e.impact
}

// hits tells whether a rule for the paths that begin so is one for a path.
func hits(prefix, path string) bool { return strings.HasPrefix(path, prefix) }

// withUselessAnswers: as long as one node answers, only the health of the others
// is not known. A gateway's word that there is nobody behind it is as good as no
// answer; any other is one. A status of 0 is that of a fault that has none: its
// answer may be none at all.
func (s *Stack) withUselessAnswers(e *effects, nodes []string, path string, status int) {
	if hits(path, "/health") {
		e.mustOf(nodeUnreachable, nodes...)
	}
	if len(nodes) < s.topology.Nodes {
		return
	}
	if hits(path, "/api/nodes") {
		e.blind(nodeDown)
	}
	if hits(path, "/api/counters") {
		e.blind(counterDrift)
	}
	if hits(path, "/api/limits") && (status == 0 || fromGateway(status)) {
		e.could(managementUnavailable)
	}
}

// fromGateway tells whether a status is a gateway's word that there is nobody
// behind it (RFC 9110, section 15.6).
func fromGateway(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// believableImpact is that of answers that may say anything: whoever believes
// them is not to blame.
func (s *Stack) believableImpact(on string) fault.Impact {
	var e effects
	for _, link := range s.matched(on) {
		switch {
		case !link.HTTP():
		case link.To() == partPrometheus:
			e.could(metricsUnavailable, highLatency, ghostAllowing)
		case link.From() == network.Operator:
			e.could(nodeDown, nodeUnreachable, counterDrift, overLimit, ghostAllowing)
		default:
			e.could(highLatency, ghostAllowing)
		}
	}
	return e.impact
}
