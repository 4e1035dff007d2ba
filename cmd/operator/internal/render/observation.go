package render

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// maxRows is how many rows a table of an observation has.
const maxRows = 20

// Observation writes an observation of the named subject: the verdict, what is
// broken, what is unknown, what was read, the state, and which actions might
// repair it.
func (p *Printer) Observation(name string, def protocol.Definition, o protocol.Observation) {
	p.line(p.verdict(o.Verdict()), "  ", p.paint(bold, Text(name)), "  ", message(o.Summary))
	p.line(p.paint(dim, "  "+p.moment(o.Time)+", took "+Duration(o.Duration)+"; "+tally(def, o)))
	p.violations(o)
	p.unchecked(o)
	p.sources(o)
	p.state(o.State)
	p.suggestions(name, def, o)
}

func (p *Printer) moment(t time.Time) string {
	return t.In(p.opts.Zone).Format("2006-01-02 15:04:05 MST")
}

// tally says how many invariants are broken, unknown and held.
func tally(def protocol.Definition, o protocol.Observation) string {
	broken, unknown := make(map[string]bool), make(map[string]bool)
	for _, v := range o.Violations {
		broken[v.Invariant] = true
	}
	for _, u := range o.Unchecked {
		unknown[u.Invariant] = true
	}
	held := 0
	for _, inv := range def.Invariants {
		if !broken[inv.Name] && !unknown[inv.Name] {
			held++
		}
	}
	var parts []string
	for _, part := range []struct {
		n    int
		word string
	}{{len(broken), "broken"}, {len(unknown), "unknown"}, {held, "held"}} {
		if part.n > 0 {
			parts = append(parts, strconv.Itoa(part.n)+" "+part.word)
		}
	}
	if len(parts) == 0 {
		return "no invariants"
	}
	return "invariants: " + strings.Join(parts, ", ")
}

// worstFirst orders violations by severity, and otherwise as the subject does.
func worstFirst(violations []protocol.Violation) []protocol.Violation {
	return slices.SortedStableFunc(slices.Values(violations), func(a, b protocol.Violation) int {
		return a.Severity.Rank() - b.Severity.Rank()
	})
}

func (p *Printer) violations(o protocol.Observation) {
	if len(o.Violations) == 0 {
		return
	}
	p.title("BROKEN")
	var rows [][]cell
	for _, v := range first(worstFirst(o.Violations), maxRows) {
		rows = append(rows, []cell{
			{Prose(string(v.Severity)), severityPaint(v.Severity)},
			{Text(v.Invariant), plain},
			{entity(v.Entity), bold},
			{message(v.Message), plain},
		})
	}
	p.table(2, []column{{title: "SEVERITY", fixed: true}, {title: "INVARIANT", fixed: true}, {title: "ENTITY"}, {title: "MESSAGE", wrap: true}}, rows)
	p.more(2, len(o.Violations)-maxRows)
}

// entity is what a verdict is about; the system as a whole has no name.
func entity(s string) string {
	if s == "" {
		return "-"
	}
	return Text(s)
}

func (p *Printer) sources(o protocol.Observation) {
	if len(o.Sources) == 0 {
		return
	}
	p.title("SOURCES")
	var rows [][]cell
	for _, s := range first(o.Sources, maxRows) {
		rows = append(rows, []cell{
			{Text(s.Name), plain},
			{Prose(string(s.Class)), classPaint(s.Class)},
			{Duration(s.Latency), plain},
			{message(s.Message), plain},
		})
	}
	p.table(2, []column{{title: "SOURCE"}, {title: "CLASS", fixed: true}, {title: "LATENCY", right: true, fixed: true}, {title: "MESSAGE", wrap: true}}, rows)
	p.more(2, len(o.Sources)-maxRows)
}

// more says that a list was cut.
func (p *Printer) more(indent, n int) {
	if n > 0 {
		p.line(strings.Repeat(" ", indent), p.paint(dim, "... and "+strconv.Itoa(n)+" more (use -o json)"))
	}
}

func first[T any](list []T, n int) []T { return list[:min(n, len(list))] }
