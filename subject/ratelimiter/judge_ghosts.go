package ratelimiter

import (
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// judgeGhosts: who lets pass what should be blocked. The API alone can convict
// (limit 0 and requests remaining); only Prometheus can acquit.
func (s *Subject) judgeGhosts(j *kit.Judge, g *gathering) {
	for _, c := range g.counters {
		if c.listed != nil && c.listed.Limit == 0 && c.listed.Remaining > 0 {
			g.mark(c)
			j.Broken(protocol.Violation{
				Invariant: ghostAllowing, Entity: c.entity,
				Message: fmt.Sprintf("its limit is 0, and by the API it may make %s more", plural(c.listed.Remaining, "request")),
				Value:   new(float64(c.listed.Remaining)), Threshold: new(0.0), Unit: "requests",
			})
		}
	}
	switch a := g.allowed; {
	case g.labelled.miss != nil:
		j.Unknown(ghostAllowing, "", g.labelled.miss.Source, g.labelled.miss.Message)
	case !g.labelled.value.present:
		j.Unknown(ghostAllowing, "", sourceLabels, "Prometheus has no request counters of the limiter")
	case !g.labelled.value.labelled:
		j.Unknown(ghostAllowing, "", sourceLabels,
			fmt.Sprintf("the request counters have no label %q, so nobody counts what was allowed for a key", s.cfg.Prometheus.Labels.Key))
	case a.miss != nil:
		j.Unknown(ghostAllowing, "", a.miss.Source, a.miss.Message)
	default:
		s.judgeAllowed(j, g)
	}
}

func (s *Subject) judgeAllowed(j *kit.Judge, g *gathering) {
	unasked := 0
	for _, c := range g.ranked {
		_, asked := g.allowed.asked[c.key]
		doubt := g.askingDoubt(c)
		switch {
		case doubt != nil:
			j.Unknown(ghostAllowing, c.entity, doubt.source, doubt.reason)
		case !asked:
			unasked++
		default:
			s.judgeAllowedFor(j, g, c)
		}
	}
	switch {
	case g.swept.miss != nil && !g.listedInstead():
		j.Unknown(ghostAllowing, "", g.swept.miss.Source, "which keys there are is not known: "+g.swept.miss.Message)
	case g.swept.miss == nil && !g.sweptAll():
		j.Unknown(ghostAllowing, "", sourceStored, g.sweepProgress())
	case unasked > 0:
		j.Unknown(ghostAllowing, "", sourceAllowed,
			fmt.Sprintf("Prometheus is asked for the %d most used keys; %d more were not judged", prometheus.MaxKeys, unasked))
	default:
		j.Checked(ghostAllowing)
	}
}

// judgeAllowedFor judges a key that was asked for, and whose limit is known.
func (s *Subject) judgeAllowedFor(j *kit.Judge, g *gathering, c *counter) {
	rule := s.cfg.Invariants.GhostAllowing
	limit, _ := g.limit(c)
	most := float64(limit)*(1+rule.Tolerance) + rule.Slack
	allowed, present := g.allowed.counts[c.key]
	window := within(g.allowed.asked[c.key])
	switch {
	case g.past.settling[c.key]:
		j.Unknown(ghostAllowing, c.entity, "", "it was reset, or its limit changed, less than a window ago")
	case present && allowed > most:
		g.mark(c)
		j.Broken(protocol.Violation{
			Invariant: ghostAllowing, Entity: c.entity,
			Message: fmt.Sprintf("about %.0f requests were allowed in %s, its limit is %d", allowed, window, limit),
			Value:   &allowed, Threshold: &most, Unit: "requests",
		})
	case !present:
		j.Unknown(ghostAllowing, c.entity, sourceAllowed, "Prometheus has no count yet of what was allowed in "+window)
	case g.allowed.partial:
		j.Unknown(ghostAllowing, c.entity, sourceAllowed, "Prometheus warned that its answer is not complete")
	}
}

// askingDoubt is why Prometheus cannot tell of a key, or what it tells could not
// be judged.
func (g *gathering) askingDoubt(c *counter) *doubt {
	if _, unknown := g.limit(c); unknown != nil {
		return unknown
	}
	switch {
	case c.stored == nil:
		return &doubt{sourceStored, "its window is not known, as the counter was not read in Redis"}
	case g.keyWindow(c) <= 0:
		return &doubt{sourceLimits, "its window is not known"}
	case len(c.key) > prometheus.MaxKeyBytes:
		return &doubt{sourceAllowed, fmt.Sprintf("the key is too long to ask for: %d bytes", len(c.key))}
	case !prometheus.Observable(c.key):
		return &doubt{sourceAllowed, "no label can hold this key, so nobody counts what was allowed for it"}
	default:
		return nil
	}
}
