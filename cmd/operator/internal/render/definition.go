package render

import (
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/schema"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Definition writes what a subject declares: its invariants, its actions with
// their parameters, and its configuration.
func (p *Printer) Definition(name string, def protocol.Definition) {
	p.line(p.paint(bold, Text(name)), "  ", Text(def.Name), " ", Text(def.Version))
	p.prose(2, def.Summary, plain)
	if def.Guide != "" {
		p.title("GUIDE")
		for i, paragraph := range strings.Split(strings.TrimSpace(def.Guide), "\n\n") {
			if i > 0 {
				p.line()
			}
			p.prose(2, paragraph, plain)
		}
	}
	p.invariants(def)
	p.actions(def)
	p.title("CONFIGURATION")
	p.fields(2, "FIELD", def.ConfigSchema, "takes none")
}

// prose writes text in lines of a readable length.
func (p *Printer) prose(indent int, text string, how paint) {
	for _, l := range wrap(Prose(strings.Join(strings.Fields(text), " ")), p.fit(indent)) {
		p.line(strings.Repeat(" ", indent), p.paint(how, l))
	}
}

func (p *Printer) invariants(def protocol.Definition) {
	p.title("INVARIANTS")
	rows := make([][]cell, 0, len(def.Invariants))
	for _, inv := range def.Invariants {
		grace := "at once"
		if inv.Grace > 0 {
			grace = Duration(inv.Grace)
		}
		rows = append(rows, []cell{
			{Text(inv.Name), plain},
			{entity(inv.Entity), plain},
			{Prose(string(inv.Severity)), severityPaint(inv.Severity)},
			{grace, plain},
			{message(inv.Summary), plain},
		})
	}
	p.table(2, []column{
		{title: "INVARIANT", fixed: true},
		{title: "ENTITY", fixed: true},
		{title: "SEVERITY", fixed: true},
		{title: "FIRES AFTER", fixed: true},
		{title: "BROKEN WHEN", wrap: true},
	}, rows)
}

func (p *Printer) actions(def protocol.Definition) {
	p.title("ACTIONS")
	if len(def.Actions) == 0 {
		p.line("  none")
	}
	for i, spec := range def.Actions {
		if i > 0 {
			p.line()
		}
		p.line("  ", p.paint(bold, Text(spec.Name)))
		p.prose(4, spec.Summary, plain)
		about := Prose(string(spec.Risk)) + " risk, "
		if spec.RequiresApproval {
			about += "asks for approval, "
		} else {
			about += "needs no approval, "
		}
		if spec.Idempotent {
			about += "idempotent"
		} else {
			about += "not idempotent"
		}
		if len(spec.Repairs) > 0 {
			about += "; repairs " + strings.Join(spec.Repairs, ", ")
		}
		p.prose(4, about, dim)
		p.fields(4, "PARAMETER", spec.Params, "takes no parameters")
	}
}

// fields writes an object's fields by their dotted paths, under a title for
// what they are called.
func (p *Printer) fields(indent int, called string, raw []byte, none string) {
	var fields []schema.Field
	if s, err := schema.Parse(raw); err == nil {
		fields = s.Flatten()
	}
	if len(fields) == 0 {
		p.line(strings.Repeat(" ", indent), none)
		return
	}
	var rows [][]cell
	for _, f := range fields {
		required, fallback := "", ""
		if f.Required {
			required = "yes"
		}
		if d, ok := f.Schema.Default(); ok {
			fallback = Text(d)
		}
		rows = append(rows, []cell{
			{Text(f.Path), plain},
			{Prose(f.Schema.Type()), plain},
			{required, plain},
			{fallback, plain},
			{message(f.Schema.Constraints()), plain},
			{message(f.Schema.Description()), plain},
		})
	}
	columns, rows := dropEmpty([]column{
		{title: called, fixed: true},
		{title: "TYPE", wrap: true},
		{title: "REQUIRED", fixed: true},
		{title: "DEFAULT", wrap: true},
		{title: "BOUNDS", wrap: true},
		{title: "DESCRIPTION", wrap: true},
	}, rows)
	p.table(indent, columns, rows)
}

// dropEmpty leaves out the columns that say nothing in any row.
func dropEmpty(columns []column, rows [][]cell) (some []column, cells [][]cell) {
	cells = make([][]cell, len(rows))
	for i, c := range columns {
		says := false
		for _, row := range rows {
			says = says || row[i].text != ""
		}
		if !says {
			continue
		}
		some = append(some, c)
		for r, row := range rows {
			cells[r] = append(cells[r], row[i])
		}
	}
	return some, cells
}
