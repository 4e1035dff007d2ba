package render

import (
	"encoding/json"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/document"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Outcome writes what became of an action, and the ID that it was done under.
func (p *Printer) Outcome(action protocol.Action, o protocol.Outcome) {
	how := green
	switch o.Status {
	case protocol.OutcomePlanned:
		how = cyan
	case protocol.OutcomeUnchanged:
		how = dim
	case protocol.OutcomeAccepted:
	}
	p.line(p.paint(how, Prose(string(o.Status))), "  ", p.paint(bold, Text(action.Name)), "  ", message(o.Message))
	p.changes(o.Changes)
	if action.ID != "" && !action.DryRun {
		p.line(p.paint(dim, "  action ID "+Text(action.ID)))
	}
}

// changes writes what an action changes, before and after.
func (p *Printer) changes(changes []protocol.Change) {
	if len(changes) == 0 {
		return
	}
	var rows [][]cell
	for _, c := range first(changes, maxRows) {
		before, after := side(c.Field, c.Before), side(c.Field, c.After)
		rows = append(rows, []cell{
			{entity(c.Entity), bold}, {Text(c.Field), plain}, {before, plain}, {"→", dim}, {after, bold},
		})
	}
	p.table(2, []column{{title: "ENTITY"}, {title: "FIELD", fixed: true}, {title: "BEFORE"}, {fixed: true}, {title: "AFTER"}}, rows)
	p.more(2, len(changes)-maxRows)
}

// side is a value before or after a change: absent is what nobody knows, null
// what there is not.
func side(field string, raw json.RawMessage) string {
	if len(raw) == 0 {
		return "(unknown)"
	}
	node, err := document.Parse(raw)
	switch {
	case err != nil:
		return message(string(raw))
	case node.Kind == document.Null:
		return "(none)"
	}
	_, text := inline(field, node)
	return text
}

// Plan writes what an action would change, for the person who is to approve it.
func (p *Printer) Plan(subject string, spec protocol.ActionSpec, o protocol.Outcome) {
	p.line(p.paint(bold, Text(spec.Name)), " on ", p.paint(bold, Text(subject)), ", ", Prose(string(spec.Risk)), " risk: ", message(spec.Summary))
	p.line("  would: ", message(o.Message))
	p.changes(o.Changes)
}
