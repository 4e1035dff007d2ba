package verify

import (
	"math"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Observation returns what of o, which has just been received, is not as the
// contract and the definition have it, or nil. now is the caller's clock. A
// state that is absent is null, which is what JSON shows of it.
func (c *Checker) Observation(o protocol.Observation, now time.Time) error {
	var p problems
	p.observedAt(o, now)
	p.text(spot{field: "summary"}, o.Summary)
	sources := p.sources(o.Sources)
	broken := p.violations(c, o.Violations)
	p.unchecked(c, o.Unchecked, sources, broken)
	c.state.check(&p, "state", o.State)
	return p.err(protocol.Internal, "the observation is not as the definition has it")
}

func (p *problems) observedAt(o protocol.Observation, now time.Time) {
	switch {
	case o.Time.IsZero():
		p.add("time", "is not set")
	case o.Time.After(now.Add(MaxClockStep)):
		p.add("time", "%s is in the future: it is %s", o.Time.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	case o.Time.UTC().Year() < 1: // RFC 3339 has no such years
		p.add("time", "is before the year 1")
	}
	p.duration(spot{field: "duration"}, o.Duration)
}

func (p *problems) duration(at spot, d time.Duration) {
	switch {
	case d < 0:
		p.add(at.path(), "%s is negative", d)
	case d > MaxDuration:
		p.add(at.path(), "%s is more than %s", d, MaxDuration)
	}
}

// bounded reports a list that is over its bound, and returns false.
func (p *problems) bounded(list string, n, most int) bool {
	if n > most {
		p.add(list, "are %d, and may be %d at most", n, most)
		return false
	}
	return true
}

// sources returns the names of the sources.
func (p *problems) sources(all []protocol.Source) map[string]bool {
	if !p.bounded("sources", len(all), MaxSources) {
		return nil
	}
	names := make(map[string]bool, len(all))
	for i, s := range all {
		if s.Name == "" {
			p.add(of("sources", i, "name"), "is empty")
		} else if names[s.Name] {
			p.add(of("sources", i, "name"), "%s is there twice", quote(s.Name))
		}
		names[s.Name] = true
		p.text(spot{"sources", i, "name"}, s.Name)
		p.text(spot{"sources", i, "message"}, s.Message)
		switch {
		case !knownClass(s.Class):
			p.add(of("sources", i, "class"), "%s is no class of a source", quote(string(s.Class)))
		case s.Class == protocol.SourceOK && s.Message != "":
			p.add(of("sources", i, "message"), "is not empty, and the class is ok")
		case s.Class != protocol.SourceOK && s.Message == "":
			p.add(of("sources", i, "message"), "is empty, and the class is %s", s.Class)
		}
		p.duration(spot{"sources", i, "latency"}, s.Latency)
	}
	return names
}

func knownClass(c protocol.SourceClass) bool {
	switch c {
	case protocol.SourceOK, protocol.SourceUnreachable, protocol.SourceTimeout, protocol.SourceDeadline,
		protocol.SourceRefused, protocol.SourceFailing, protocol.SourceMalformed, protocol.SourcePartial,
		protocol.SourceSkipped, protocol.SourceNotConfigured:
		return true
	default:
		return false
	}
}

// about is what a verdict is about.
type about struct{ invariant, entity string }

// violations returns what is broken.
func (p *problems) violations(c *Checker, all []protocol.Violation) map[about]bool {
	if !p.bounded("violations", len(all), MaxViolations) {
		return nil
	}
	broken := make(map[about]bool, len(all))
	for i, v := range all {
		inv, declared := p.verdict(c, "violations", i, v.Invariant, v.Entity)
		switch {
		case !declared:
		case inv.Entity != "" && v.Entity == "":
			p.add(of("violations", i, "entity"), "is empty, and %s is about a %s", inv.Name, quote(inv.Entity))
		case broken[about{v.Invariant, v.Entity}]:
			p.add(of("violations", i, "entity"), "%s is there twice for %s", quote(v.Entity), inv.Name)
		}
		if declared && v.Severity != inv.Severity {
			p.add(of("violations", i, "severity"), "%s is not that of %s, which is %s", quote(string(v.Severity)), inv.Name, inv.Severity)
		}
		broken[about{v.Invariant, v.Entity}] = true
		p.text(spot{"violations", i, "message"}, v.Message)
		p.text(spot{"violations", i, "unit"}, v.Unit)
		p.finite(spot{"violations", i, "value"}, v.Value)
		p.finite(spot{"violations", i, "threshold"}, v.Threshold)
	}
	return broken
}

// verdict checks what a verdict is about. It returns false for an invariant
// that is not declared, of which nothing more can be said.
func (p *problems) verdict(c *Checker, list string, i int, invariant, entity string) (protocol.Invariant, bool) {
	inv, declared := c.invariants[invariant]
	if !declared {
		p.add(of(list, i, "invariant"), "%s is no declared invariant", quote(invariant))
	} else if inv.Entity == "" && entity != "" {
		p.add(of(list, i, "entity"), "%s is not empty, and %s is about the system as a whole", quote(entity), inv.Name)
	}
	p.text(spot{list, i, "entity"}, entity)
	return inv, declared
}

func (p *problems) finite(at spot, f *float64) {
	if f != nil && (math.IsNaN(*f) || math.IsInf(*f, 0)) {
		p.add(at.path(), "%v is not a finite number", *f)
	}
}

func (p *problems) unchecked(c *Checker, all []protocol.Unchecked, sources map[string]bool, broken map[about]bool) {
	if !p.bounded("unchecked", len(all), MaxUnchecked) {
		return
	}
	for i, u := range all {
		p.verdict(c, "unchecked", i, u.Invariant, u.Entity)
		if broken[about{u.Invariant, u.Entity}] {
			p.add(of("unchecked", i, "entity"), "%s of %s is among the violations too", quote(u.Entity), quote(u.Invariant))
		}
		if u.Source != "" && sources != nil && !sources[u.Source] {
			p.add(of("unchecked", i, "source"), "%s is no source of the observation", quote(u.Source))
		}
		if u.Reason == "" {
			p.add(of("unchecked", i, "reason"), "is empty")
		}
		p.text(spot{"unchecked", i, "reason"}, u.Reason)
	}
}
