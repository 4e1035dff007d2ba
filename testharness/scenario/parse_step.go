package scenario

import (
	"encoding/json"
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func (p *parser) steps(path string, n *node) []Step {
	if n.kind != kindList {
		p.bad(n, path, "want a list of steps, not %s", n.describe())
		return nil
	}
	steps := make([]Step, 0, len(n.items))
	for i, item := range n.items {
		steps = append(steps, p.step(index(path, i), item))
	}
	return steps
}

func (p *parser) step(path string, n *node) Step {
	var s Step
	p.mapping(n, path, "a step",
		member{"fault", func(path string, n *node) { s.Fault = p.fault(path, n) }},
		member{"as", p.text(&s.As)},
		member{"heal", p.text(&s.Heal)},
		member{"act", func(path string, n *node) { s.Act = p.act(path, n) }},
		member{"load", raw(&s.Load)},
		member{"wait", p.duration(&s.Wait)},
		member{"expect", p.expectation(&s.Expect)},
	)
	if verbs := s.verbs(); len(verbs) == 0 && s.Expect != nil {
		s.Check = true
	}
	return s
}

func (p *parser) fault(path string, n *node) *stack.Spec {
	f := new(stack.Spec)
	p.mapping(n, path, "a fault",
		member{"kind", p.text(&f.Kind)},
		member{"on", p.text(&f.On)},
		member{"with", raw(&f.With)},
	)
	return f
}

func (p *parser) act(path string, n *node) *Act {
	a := new(Act)
	p.mapping(n, path, "an action",
		member{"action", p.text(&a.Action)},
		member{"params", raw(&a.Params)},
		member{"dry_run", p.boolean(&a.DryRun)},
		member{"outcome", word(p, &a.Outcome)},
		member{"error", word(p, &a.Error)},
		member{"effect", word(p, &a.Effect)},
	)
	return a
}

func (p *parser) expectation(to **Expectation) func(string, *node) {
	return func(path string, n *node) {
		e := new(Expectation)
		*to = e
		p.mapping(n, path, "an expectation",
			member{"within", p.duration(&e.Within)},
			member{"for", p.duration(&e.For)},
			member{"broken", p.marks(&e.Broken)},
			member{"unknown", p.marks(&e.Unknown)},
			member{"held", p.marks(&e.Held)},
			member{"noticed", p.marks(&e.Noticed)},
			member{"sources", func(path string, n *node) { e.Sources = p.sources(path, n) }},
			member{"state", func(path string, n *node) { e.State = p.state(path, n) }},
			member{"host", func(path string, n *node) { e.Host = p.hostEvents(path, n) }},
		)
	}
}

// marks reads a list of marks, or one.
func (p *parser) marks(to *[]fault.Mark) func(string, *node) {
	return func(path string, n *node) {
		switch n.kind {
		case kindText, kindMapping:
			*to = append(*to, p.mark(path, n))
		case kindList:
			for i, item := range n.items {
				*to = append(*to, p.mark(index(path, i), item))
			}
		default:
			p.bad(n, path, "want a list of invariants, or of {invariant: NAME, entity: TEXT}, not %s", n.describe())
		}
	}
}

func (p *parser) mark(path string, n *node) fault.Mark {
	var m fault.Mark
	if n.kind == kindText {
		m.Invariant = n.text
		return m
	}
	p.mapping(n, path, "an invariant, or {invariant: NAME, entity: TEXT}",
		member{"invariant", p.text(&m.Invariant)},
		member{"entity", p.entity(&m.Entity)},
	)
	return m
}

// entity reads a text, or a number as it is written: ids of stores are numbers
// to everybody but a YAML parser.
func (p *parser) entity(to *string) func(string, *node) {
	return func(path string, n *node) {
		if n.kind == kindNumber {
			*to = n.text
			return
		}
		p.text(to)(path, n)
	}
}

func (p *parser) sources(path string, n *node) map[string][]protocol.SourceClass {
	if n.kind != kindMapping {
		p.bad(n, path, "want a mapping of sources to classes, not %s", n.describe())
		return nil
	}
	sources := make(map[string][]protocol.SourceClass, len(n.fields))
	for _, f := range n.fields {
		var classes []protocol.SourceClass
		texts(p, &classes)(join(path, f.key), f.value)
		sources[f.key] = classes
	}
	return sources
}

func (p *parser) state(path string, n *node) map[string]json.RawMessage {
	if n.kind != kindMapping {
		p.bad(n, path, "want a mapping of JSON pointers to values, not %s", n.describe())
		return nil
	}
	state := make(map[string]json.RawMessage, len(n.fields))
	for _, f := range n.fields {
		state[f.key] = f.value.json()
	}
	return state
}

func (p *parser) hostEvents(path string, n *node) []HostEvent {
	if n.kind != kindList {
		p.bad(n, path, "want a list of {type: TYPE, invariant: NAME, entity: TEXT}, not %s", n.describe())
		return nil
	}
	events := make([]HostEvent, len(n.items))
	for i, item := range n.items {
		e := &events[i]
		p.mapping(item, index(path, i), "an event",
			member{"type", p.text(&e.Type)},
			member{"invariant", p.text(&e.Invariant)},
			member{"entity", p.entity(&e.Entity)},
		)
	}
	return events
}

// verbs are the names of the verbs that the step has.
func (s Step) verbs() []string {
	var verbs []string
	for _, v := range []struct {
		name string
		set  bool
	}{
		{"fault", s.Fault != nil},
		{"heal", s.Heal != ""},
		{"act", s.Act != nil},
		{"load", s.Load != nil},
		{"wait", s.Wait != 0},
		{"check", s.Check},
	} {
		if v.set {
			verbs = append(verbs, v.name)
		}
	}
	return verbs
}

// What says in words what the step does.
func (s Step) What() string {
	switch {
	case s.Fault != nil && s.Fault.On != "":
		return fmt.Sprintf("fault %s on %s", s.Fault.Kind, s.Fault.On)
	case s.Fault != nil:
		return "fault " + s.Fault.Kind
	case s.Heal != "":
		return "heal " + s.Heal
	case s.Act != nil && s.Act.DryRun:
		return "dry run of " + s.Act.Action
	case s.Act != nil:
		return "act " + s.Act.Action
	case s.Load != nil:
		return "load " + string(s.Load)
	case s.Wait > 0:
		return "wait " + s.Wait.String()
	default:
		return "expect"
	}
}
