package ratelimiter

import (
	"encoding/json"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
)

// harm is what a fault does to what is said on a connection.
type harm struct {
	// cut: nothing is said any more.
	cut bool
	// passing: what was being said is lost, and then it works again.
	passing bool
	// late is how much later than usual an answer is, where it is known.
	late time.Duration
}

// harmOf reads a fault of connections.
func harmOf(kind string, with json.RawMessage) (harm, bool) {
	switch kind {
	case "partition", "black_hole", "refuse", "reset":
		return harm{cut: true}, true
	case "half_open":
		return harm{passing: true}, true
	case "bandwidth":
		return harm{}, true
	case "latency":
		p := struct {
			Latency duration `json:"latency"`
			Jitter  duration `json:"jitter"`
		}{Latency: duration(time.Second)}
		if len(with) > 0 && json.Unmarshal(with, &p) != nil {
			return harm{}, true // how much is not known
		}
		late := time.Duration(p.Latency - p.Jitter)
		// Longer than anybody here waits is for ever.
		return harm{cut: late >= patience, late: late}, true
	default:
		return harm{}, false
	}
}

const (
	// patience is how long the subject waits for a source, a node for Redis, and
	// at the usual interval Prometheus for a scrape.
	patience = time.Second
	// noticeable is a latency that makes a check slower than it should be.
	noticeable = 510 * time.Millisecond
)

// linkImpact is that of a fault of connections on all links that match.
func (s *Stack) linkImpact(h harm, on string) fault.Impact {
	var e effects
	var asked, storing, scraped []string // nodes, by which of their links is hurt
	for _, l := range s.matched(on) {
		switch from, to := l.From(), l.To(); {
		case from == network.Operator && to == partRedis:
			withoutRedisHere(&e)
		case from == network.Operator && to == partPrometheus:
			withoutPrometheus(&e)
		case from == network.Operator:
			asked = append(asked, to)
		case from == partPrometheus:
			scraped = append(scraped, to)
		default:
			storing = append(storing, from)
		}
	}
	s.withoutAnswers(&e, asked)
	s.withoutStore(&e, storing)
	s.withoutScrapes(&e, scraped)
	if h.cut {
		return e.impact
	}
	weak := effects{softened(e.impact)}
	if h.late >= noticeable && s.loadNow().measures(s.topology.Nodes, s.topology.rateWindow()) {
		weak.mustOf(highLatency, storing...)
		weak.after(3 * time.Duration(s.topology.ScrapeInterval))
	}
	return weak.impact
}

// withoutRedisHere: the limiter works, and the subject cannot see its counters.
func withoutRedisHere(e *effects) {
	e.must(redisDisconnected)
	e.blind(overLimit, staleCounter, counterDrift, ghostAllowing)
}

// withoutAnswers: the nodes work, and the subject does not hear from them.
func (s *Stack) withoutAnswers(e *effects, nodes []string) {
	e.mustOf(nodeUnreachable, nodes...)
	if len(nodes) == s.topology.Nodes {
		e.must(managementUnavailable)
		e.blind(nodeDown, counterDrift)
	}
}

// withoutStore: the nodes answer, that they cannot decide, and their
// registrations expire. Checks that wait for Redis are slow.
func (s *Stack) withoutStore(e *effects, nodes []string) {
	if len(nodes) == 0 {
		return
	}
	e.mustOf(nodeDown, nodes...)
	e.couldOf(highLatency, nodes...)
	e.after(s.RegistrationTTL())
	if len(nodes) == s.topology.Nodes {
		e.must(nodeDown)
		e.blind(counterDrift)
	}
}

// withoutScrapes: what was measured before is too old when the range of the rate
// has passed.
func (s *Stack) withoutScrapes(e *effects, nodes []string) {
	if len(nodes) == 0 {
		return
	}
	e.blindOf(highLatency, nodes...)
	e.after(s.topology.rateWindow() + time.Duration(s.topology.ScrapeInterval))
	if len(nodes) == s.topology.Nodes {
		e.blind(ghostAllowing)
	}
}
