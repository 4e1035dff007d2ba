package scenario

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// The parts that are the runner's and no stack's.
const (
	// PluginPart is the process of the plugin, over the transport Binary.
	PluginPart = "plugin"
	// HostPart is the process of the host, where the scenario has one.
	HostPart = "host"
)

func (c *checker) steps() {
	there := make(map[string]bool) // the faults that were not healed yet
	for i, s := range c.sc.Steps {
		path := index("steps", i)
		switch verbs := s.verbs(); {
		case len(verbs) == 0:
			c.bad(path, "says nothing: want one of fault, heal, act, load, wait, expect")
		case len(verbs) > 1:
			c.bad(path, "does several things at once, %s: want a step for each", strings.Join(verbs, " and "))
		case s.Check && s.Expect == nil:
			c.bad(path, "expects nothing: want an expect")
		}
		if s.As != "" && s.Fault == nil {
			c.bad(path+".as", "names a fault, and the step injects none")
		}
		if s.Fault != nil {
			c.fault(path, s, there)
		}
		if s.Heal != "" {
			c.heal(path+".heal", s.Heal, there)
		}
		if s.Act != nil {
			c.act(path+".act", *s.Act)
		}
		if s.Load != nil && string(s.Load) != "null" {
			c.document(path+".load", s.Load, c.system.LoadSchema, false)
		}
		if s.Wait < 0 || s.Wait > maxBound {
			c.bad(path+".wait", "want a time of more than nothing and at most %s", maxBound)
		}
		if s.Expect != nil {
			c.expectation(path+".expect", *s.Expect)
		}
	}
}

// faultName is what a step's fault is called in a Heal.
func (s Step) faultName() string {
	if s.As == "" {
		return s.Fault.Kind
	}
	return s.As
}

func (c *checker) fault(path string, s Step, there map[string]bool) {
	kinds := make([]string, len(c.system.Kinds))
	for i, k := range c.system.Kinds {
		kinds[i] = k.Name
	}
	if s.Fault.Kind == "" {
		c.bad(path+".fault.kind", "is missing; want one of %s", strings.Join(kinds, ", "))
		return
	}
	name := s.faultName()
	switch {
	case name == AllFaults:
		c.bad(path+".as", "all stands for every fault: want another name")
	case there[name]:
		c.bad(path+".as", "there is a fault %s already, which was not healed: want another name", failure.Quote(name))
	}
	there[name] = true

	path += ".fault"
	i := slices.Index(kinds, s.Fault.Kind)
	if i < 0 {
		oneOf(c, path+".kind", "kind of fault", s.Fault.Kind, kinds)
		return
	}
	kind := c.system.Kinds[i]
	if why := c.layout.Missing[kind.Name]; why != "" {
		c.bad(path+".kind", "%s cannot be had in this topology: %s", kind.Name, why)
	}
	c.target(path+".on", kind, s.Fault.On)
	with := s.Fault.With
	if unset(with) && len(kind.With) > 0 {
		with = json.RawMessage(`{}`)
	}
	if !unset(with) && len(kind.With) == 0 {
		c.bad(path+".with", "%s has no parameters", kind.Name)
		return
	}
	c.document(path+".with", with, kind.With, true)
}

func (c *checker) heal(path, name string, there map[string]bool) {
	if name == AllFaults {
		clear(there)
		return
	}
	if !there[name] {
		names := slices.Sorted(maps.Keys(there))
		c.bad(path, "no fault %s was injected before%s", failure.Quote(name), didYouMean(name, append(names, AllFaults)))
	}
	delete(there, name)
}

// codes, statuses, effects and classes are what the contract has.
func codes() []protocol.Code {
	return []protocol.Code{
		protocol.Canceled, protocol.UnknownError, protocol.InvalidArgument, protocol.DeadlineExceeded, protocol.NotFound,
		protocol.AlreadyExists, protocol.PermissionDenied, protocol.ResourceExhausted, protocol.FailedPrecondition,
		protocol.Aborted, protocol.OutOfRange, protocol.Unimplemented, protocol.Internal, protocol.Unavailable,
		protocol.DataLoss, protocol.Unauthenticated,
	}
}

func statuses() []protocol.OutcomeStatus {
	return []protocol.OutcomeStatus{protocol.OutcomeAccepted, protocol.OutcomeUnchanged, protocol.OutcomePlanned}
}

func effects() []protocol.Effect {
	return []protocol.Effect{protocol.EffectNone, protocol.EffectApplied, protocol.EffectUnknown}
}

func (c *checker) act(path string, a Act) {
	if a.Outcome != "" {
		oneOf(c, path+".outcome", "outcome", a.Outcome, statuses())
	}
	if a.Error != "" {
		oneOf(c, path+".error", "code", a.Error, codes())
	}
	if a.Effect != "" {
		oneOf(c, path+".effect", "effect", a.Effect, effects())
	}
	switch {
	case a.Outcome != "" && a.Error != "":
		c.bad(path+".error", "an action has an outcome or an error, not both")
	case a.Effect != "" && a.Error == "":
		c.bad(path+".effect", "is of an error: say which with error:")
	}
	if a.Error == protocol.InvalidArgument {
		return // what is wrong here is wrong on purpose
	}
	spec, ok := c.def.Action(a.Action)
	if !ok {
		names := make([]string, len(c.def.Actions))
		for i, s := range c.def.Actions {
			names[i] = s.Name
		}
		oneOf(c, path+".action", "action", a.Action, names)
		return
	}
	params := a.Params
	if unset(params) {
		params = json.RawMessage(`{}`)
	}
	c.document(path+".params", params, spec.Params, true)
}
