package render

import (
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Check writes a line for each violation and each thing unknown, and a summary.
func (p *Printer) Check(name string, def protocol.Definition, o protocol.Observation) {
	rows := make([][]cell, 0, len(o.Violations)+len(o.Unchecked))
	for _, v := range worstFirst(o.Violations) {
		rows = append(rows, []cell{
			{"✗ broken", boldRed},
			{Prose(string(v.Severity)), severityPaint(v.Severity)},
			{Text(v.Invariant), plain},
			{entity(v.Entity), bold},
			{message(v.Message), plain},
		})
	}
	for _, u := range o.Unchecked {
		reason := message(u.Reason)
		if u.Source != "" {
			reason = Text(u.Source) + ": " + reason
		}
		severity := protocol.Severity("")
		if inv, ok := def.Invariant(u.Invariant); ok {
			severity = inv.Severity
		}
		rows = append(rows, []cell{
			{"? unknown", yellow},
			{Prose(string(severity)), severityPaint(severity)},
			{Text(u.Invariant), plain},
			{entity(u.Entity), bold},
			{reason, plain},
		})
	}
	p.table(0, []column{{fixed: true}, {fixed: true}, {fixed: true}, {}, {wrap: true}}, rows)
	p.line(p.verdict(o.Verdict()), "  ", p.paint(bold, Text(name)), "  ", strings.TrimPrefix(tally(def, o), "invariants: "), ": ", message(o.Summary))
}
