package ratelimiter

import (
	"fmt"
	"math"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// nodeLatency is the p99 of one entity: a node, or a scraped address that is
// no known node's.
type nodeLatency struct {
	ms      float64
	present bool
}

// latencies returns what Prometheus tells, by entity. Where a node has several
// series the slowest counts.
func (g *gathering) latencies() map[string]nodeLatency {
	registered := make(map[string]string, len(g.nodes.value))
	for _, n := range g.nodes.value {
		registered[n.Address] = n.ID
	}
	entities := make(map[string]nodeLatency, len(g.latency.value))
	for _, l := range g.latency.value {
		entity := g.entityOf(l, registered)
		known := entities[entity]
		if l.Present && (!known.present || l.P99MS > known.ms) {
			known = nodeLatency{ms: l.P99MS, present: true}
		}
		entities[entity] = known
	}
	return entities
}

// entityOf tells whose a series is: of the node that its node label names, else
// of the one whose address is its instance label, now or, as the registry may be
// unreadable, before.
func (g *gathering) entityOf(l prometheus.NodeLatency, registered map[string]string) string {
	if l.Node != "" {
		return l.Node
	}
	if id, ok := registered[l.Instance]; ok {
		return id
	}
	if id, ok := g.past.addresses[l.Instance]; ok {
		return id
	}
	return l.Instance
}

// judgeLatency: what was measured is judged, whoever it is; a node that nothing
// was measured of is unknown.
func (s *Subject) judgeLatency(j *kit.Judge, g *gathering) {
	if miss := g.latency.miss; miss != nil {
		j.Unknown(highLatency, "", miss.Source, miss.Message)
		return
	}
	threshold := s.cfg.Invariants.HighLatency.ThresholdMS
	latencies := g.latencies()
	for entity, l := range latencies {
		_, isGone := g.past.gone[entity]
		switch {
		case l.present && l.ms > threshold:
			j.Broken(protocol.Violation{
				Invariant: highLatency, Entity: entity,
				Message: latencyMessage(l.ms, threshold),
				Value:   finite(l.ms), Threshold: &threshold, Unit: "ms",
			})
		case !l.present && !isGone:
			j.Unknown(highLatency, entity, sourceLatency, "it measured no checks in "+within(s.cfg.Prometheus.RateWindow.Std()))
		}
	}
	for _, n := range g.nodes.value {
		if _, measured := latencies[n.ID]; !measured {
			j.Unknown(highLatency, n.ID, sourceLatency, "Prometheus has no latency that can be told to be this node's, by its ID or by its address")
		}
	}
	for id := range g.past.gone {
		if !latencies[id].present {
			j.Unknown(highLatency, id, sourceNodes, "it is not in the registry")
		}
	}
	switch miss := g.nodes.miss; {
	case miss != nil:
		j.Unknown(highLatency, "", miss.Source, "which nodes there are is not known: "+miss.Message)
	case len(g.nodes.value) == 0 && len(latencies) == 0:
		j.Unknown(highLatency, "", sourceLatency, "Prometheus has no latency of any node")
	default:
		j.Checked(highLatency)
	}
}

func latencyMessage(ms, threshold float64) string {
	if math.IsInf(ms, 1) {
		return fmt.Sprintf("p99 is above the highest bucket of the histogram, and above %g ms", threshold)
	}
	return fmt.Sprintf("p99 is %.1f ms, above %g ms", ms, threshold)
}
