package verify

import "github.com/operator-ratelimiter/operator-ratelimiter/protocol"

// Outcome returns what of o, the outcome of a, is not as the contract has it, or
// nil. An action that the catalogue does not have has no outcome: it is to be
// refused. A dry run is planned or unchanged, and nothing else ever is planned;
// what is unchanged has no changes.
func (c *Checker) Outcome(a protocol.Action, o protocol.Outcome) error {
	var p problems
	if _, ok := c.params[a.Name]; !ok {
		p.add("name", "%s is in no catalogue, and was not refused", quote(a.Name))
	}
	switch o.Status {
	case protocol.OutcomePlanned:
		if !a.DryRun {
			p.add("status", "is planned, and it was no dry run")
		}
	case protocol.OutcomeAccepted:
		if a.DryRun {
			p.add("status", "is accepted, and it was a dry run")
		}
	case protocol.OutcomeUnchanged:
		if n := len(o.Changes); n > 0 {
			p.add("changes", "are %d, and the status is unchanged", n)
		}
	default:
		p.add("status", "%s is no status", quote(string(o.Status)))
	}
	p.text(spot{field: "message"}, o.Message)
	if p.bounded("changes", len(o.Changes), MaxChanges) {
		for i, change := range o.Changes {
			p.text(spot{"changes", i, "entity"}, change.Entity)
			p.text(spot{"changes", i, "field"}, change.Field)
			p.side(spot{"changes", i, "before"}, change.Before)
			p.side(spot{"changes", i, "after"}, change.After)
		}
	}
	return p.err(protocol.Internal, "the outcome is not as the contract has it")
}

// side checks one side of a change, which is empty where it is not known.
func (p *problems) side(at spot, raw []byte) {
	if len(raw) > 0 {
		wellFormed(p, at.path(), raw)
	}
}
