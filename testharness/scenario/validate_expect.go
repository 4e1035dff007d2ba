package scenario

import (
	"maps"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
)

func (c *checker) expectation(path string, e Expectation) {
	if e.Within < 0 || e.Within > maxBound {
		c.bad(path+".within", "want a time of more than nothing and at most %s", maxBound)
	}
	if e.For < 0 || e.For > maxBound {
		c.bad(path+".for", "want a time of more than nothing and at most %s", maxBound)
	}
	c.marks(path+".broken", e.Broken, false)
	c.marks(path+".unknown", e.Unknown, true)
	c.marks(path+".held", e.Held, true)
	c.marks(path+".noticed", e.Noticed, true)
	for _, name := range slices.Sorted(maps.Keys(e.Sources)) {
		at := join(path+".sources", name)
		if name == "" || len(e.Sources[name]) == 0 {
			c.bad(at, "want the name of a source, and one class at least")
		}
		for i, class := range e.Sources[name] {
			oneOf(c, index(at, i), "class of a source", class, classes())
		}
	}
	for _, pointer := range slices.Sorted(maps.Keys(e.State)) {
		if pointer != "" && pointer[0] != '/' {
			c.bad(join(path+".state", pointer), "is no JSON pointer: want /name, /list/0/name")
		}
	}
	if len(e.Host) > 0 && !c.sc.Host {
		c.bad(path+".host", "there is no host: want host: true")
	}
	for i, event := range e.Host {
		at := index(path+".host", i)
		oneOf(c, at+".type", "type of event", host.EventType(event.Type), eventTypes())
		if event.Invariant != "" {
			c.mark(at, fault.Mark{Invariant: event.Invariant, Entity: event.Entity}, false)
		}
	}
	if e.empty() {
		c.bad(path, "expects nothing: want broken, unknown, held, noticed, sources, state or host")
	}
}

// empty tells that any observation has what is expected.
func (e Expectation) empty() bool {
	return len(e.Broken)+len(e.Unknown)+len(e.Held)+len(e.Noticed)+len(e.Sources)+len(e.State)+len(e.Host) == 0
}

func (c *checker) marks(path string, marks []fault.Mark, every bool) {
	for i, m := range marks {
		c.mark(index(path, i), m, every)
	}
}

// mark checks an invariant and an entity of it. every tells that it may be all
// of them.
func (c *checker) mark(path string, m fault.Mark, every bool) {
	if m.Invariant == "*" {
		switch {
		case !every:
			c.bad(path, "* has no meaning here: want the name of an invariant")
		case m.Entity != "":
			c.bad(path+".entity", "* is about everything: want the name of an invariant, or no entity")
		}
		return
	}
	inv, ok := c.def.Invariant(m.Invariant)
	if !ok {
		names := make([]string, len(c.def.Invariants))
		for i, inv := range c.def.Invariants {
			names[i] = inv.Name
		}
		c.bad(path, "%s has no invariant %s%s; it has %s", c.def.Name, failure.Quote(m.Invariant), didYouMean(m.Invariant, names), strings.Join(names, ", "))
		return
	}
	if m.Entity != "" && inv.Entity == "" {
		c.bad(path, "%s is about the system as a whole: it has no entities", inv.Name)
	}
}

func classes() []protocol.SourceClass {
	return []protocol.SourceClass{
		protocol.SourceOK, protocol.SourceUnreachable, protocol.SourceTimeout, protocol.SourceDeadline, protocol.SourceRefused,
		protocol.SourceFailing, protocol.SourceMalformed, protocol.SourcePartial, protocol.SourceSkipped, protocol.SourceNotConfigured,
	}
}

func eventTypes() []host.EventType {
	return []host.EventType{
		host.EventObservation, host.EventPending, host.EventFiring, host.EventResolved, host.EventCleared,
		host.EventUnknown, host.EventKnown, host.EventObservationFailed, host.EventObservationRecovered,
		host.EventDown, host.EventStaysDown, host.EventRestarted, host.EventSwapped, host.EventSwapRefused,
	}
}
