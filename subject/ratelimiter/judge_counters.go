package ratelimiter

import (
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// judgeLimits: what is in force against the limit in force.
func (s *Subject) judgeLimits(j *kit.Judge, g *gathering) {
	for _, c := range g.counters {
		count, doubt := g.count(c)
		limit, noLimit := g.limit(c)
		if doubt == nil {
			doubt = noLimit
		}
		switch {
		case doubt != nil:
			j.Unknown(overLimit, c.entity, doubt.source, doubt.reason)
		case count > limit:
			j.Broken(protocol.Violation{
				Invariant: overLimit, Entity: c.entity,
				Message: fmt.Sprintf("%s in %s, its limit is %d", plural(count, "request"), within(g.keyWindow(c)), limit),
				Value:   new(float64(count)), Threshold: new(float64(limit)), Unit: "requests",
			})
		}
	}
	s.checkedAll(j, g, overLimit)
}

// judgeExpiry: only Redis knows.
func (s *Subject) judgeExpiry(j *kit.Judge, g *gathering) {
	for _, c := range g.counters {
		switch {
		case c.stored == nil:
			if g.swept.miss == nil {
				j.Unknown(staleCounter, c.entity, sourceStored, "the counter was not read")
			}
		case c.stored.Err != nil:
			j.Unknown(staleCounter, c.entity, sourceStored, c.stored.Err.Error())
		case c.stored.Present && c.stored.NoExpiry:
			j.Broken(protocol.Violation{
				Invariant: staleCounter, Entity: c.entity,
				Message: fmt.Sprintf("it has no expiry: it holds %s until somebody resets it", plural(c.stored.Count, "request")),
			})
		}
	}
	s.checkedAll(j, g, staleCounter)
}

// mark has the next observation read a key of which only others than Redis tell
// that something is wrong. What Redis tells, the [census] looks after.
func (g *gathering) mark(c *counter) {
	if g.marked == nil {
		g.marked = make(map[string]struct{})
	}
	g.marked[c.key] = struct{}{}
}

// checkedAll says that an invariant on counters was judged for every counter
// there is, or why not.
func (s *Subject) checkedAll(j *kit.Judge, g *gathering, invariant string) {
	switch miss := g.swept.miss; {
	case invariant == overLimit && g.listedInstead():
		j.Checked(invariant)
	case miss != nil:
		j.Unknown(invariant, "", miss.Source, miss.Message)
	case !g.knownAll():
		j.Unknown(invariant, "", sourceStored, g.sweepProgress())
	case invariant == overLimit && !g.sweptAll() && g.ruleDoubt() != nil:
		j.Unknown(invariant, "", g.ruleDoubt().source, g.ruleDoubt().reason)
	default:
		j.Checked(invariant)
	}
}

// judgeDrift: both sides have to be known, and what differed at first sight was
// measured again.
func (s *Subject) judgeDrift(j *kit.Judge, g *gathering) {
	switch {
	case g.listed.miss != nil:
		j.Unknown(counterDrift, "", g.listed.miss.Source, g.listed.miss.Message)
		return
	case g.swept.miss != nil:
		j.Unknown(counterDrift, "", g.swept.miss.Source, g.swept.miss.Message)
		return
	}
	for _, c := range g.counters {
		if doubt := g.driftDoubt(c); doubt != nil {
			j.Unknown(counterDrift, c.entity, doubt.source, doubt.reason)
		}
	}
	threshold := s.cfg.Invariants.CounterDrift.Threshold
	for key, d := range g.drifts {
		c := g.counters[key]
		off := beyond(d.reported, d.low, d.high)
		switch {
		case d.unconfirmed != nil:
			j.Unknown(counterDrift, c.entity, d.unconfirmed.source, d.unconfirmed.reason)
		case float64(off) > threshold:
			g.mark(c)
			j.Broken(protocol.Violation{
				Invariant: counterDrift, Entity: c.entity,
				Message: fmt.Sprintf("the API counts %d, Redis %s: %d apart", d.reported, countRange(d.low, d.high), off),
				Value:   new(float64(off)), Threshold: &threshold, Unit: "requests",
			})
		}
	}
	switch {
	case !g.listedAll():
		j.Unknown(counterDrift, "", sourceCounters, fmt.Sprintf("the API lists at most %d counters; the others cannot be compared", listBound))
	case !g.sweptAll():
		j.Unknown(counterDrift, "", sourceStored, g.sweepProgress())
	default:
		j.Checked(counterDrift)
	}
}

func countRange(low, high int64) string {
	if low == high {
		return fmt.Sprint(low)
	}
	return fmt.Sprintf("%d to %d", low, high)
}

// within renders the window that something was counted in.
func within(window time.Duration) string {
	if window <= 0 {
		return "its window"
	}
	return "the last " + kit.Duration(window).String()
}
