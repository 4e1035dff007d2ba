package verify

import (
	"encoding/json"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A Checker checks what one subject answers. It is safe for concurrent use.
type Checker struct {
	invariants map[string]protocol.Invariant
	config     *document
	state      *document
	params     map[string]*document // by action
}

// New returns the Checker for a definition: the one in force, so for a subject
// that is open what [protocol.DefinitionOf] returns. The error is Internal and
// names every field of the definition that is wrong: what its Validate says,
// what is over a bound, and schemas that are none. A schema has to be complete
// in itself; what it refers to elsewhere is not loaded.
func New(def protocol.Definition) (*Checker, error) {
	var p problems
	p.definition(def)
	c := &Checker{
		invariants: make(map[string]protocol.Invariant, len(def.Invariants)),
		params:     make(map[string]*document, len(def.Actions)),
	}
	if p.count() == 0 {
		s := newSchemas(&p)
		c.config = s.compile("config_schema", def.ConfigSchema)
		c.state = s.compile("state_schema", def.StateSchema)
		for i, a := range def.Actions {
			c.params[a.Name] = s.compile(of("actions", i, "params"), a.Params)
		}
	}
	if err := p.err(protocol.Internal, "the definition is not valid"); err != nil {
		return nil, err
	}
	for _, inv := range def.Invariants {
		c.invariants[inv.Name] = inv
	}
	return c, nil
}

// Config returns what of a configuration is not as ConfigSchema has it, or nil:
// an InvalidArgument error that names each wrong field ("redis.timeout",
// "management.urls[0]"). Values are not in it; they may be secret. An empty
// document is null.
func (c *Checker) Config(raw json.RawMessage) error {
	var p problems
	c.config.check(&p, "", raw)
	return p.err(protocol.InvalidArgument, "the configuration is not as its schema has it")
}

// Params returns what of an action's parameters is not as its catalogue entry
// has it, or nil: an InvalidArgument error that names each wrong parameter, or
// the action if the catalogue has none of that name. Empty parameters are an
// empty object.
func (c *Checker) Params(action string, raw json.RawMessage) error {
	var p problems
	doc, ok := c.params[action]
	if !ok {
		p.add("name", "%s is in no catalogue", quote(action))
		return p.err(protocol.InvalidArgument, "the action does not exist")
	}
	if len(raw) == 0 {
		raw = json.RawMessage(`{}`)
	}
	doc.check(&p, "", raw)
	return p.err(protocol.InvalidArgument, "the parameters of %s are not as its schema has them", action)
}
