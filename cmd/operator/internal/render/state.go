package render

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/document"
)

// The bounds of a state that is shown as text.
const (
	stateRows    = 10
	stateColumns = 8
	stateDepth   = 3 // below, objects are shown as JSON
)

// state writes a subject's own document, about which nothing is known but that
// it is JSON: its scalars as a list, lists and maps of objects as tables.
func (p *Printer) state(raw json.RawMessage) {
	node, err := document.Parse(raw)
	if err != nil || node.Kind != document.Object || len(node.Members) == 0 {
		return
	}
	p.title("STATE")
	p.object(2, node, 0)
}

// object writes the members of an object: first what fits on a line each.
func (p *Printer) object(indent int, node *document.Node, depth int) {
	var rows [][]cell
	var sections []document.Member
	for _, m := range node.Members {
		if isSection(m.Value, depth) {
			sections = append(sections, m)
			continue
		}
		label, text := inline(m.Key, m.Value)
		rows = append(rows, []cell{{label, dim}, {text, plain}})
	}
	// A list of fields has no more of them than its schema; a map may.
	const most = 2 * stateRows
	p.table(indent, []column{{}, {wrap: true}}, first(rows, most))
	p.more(indent, len(rows)-most)
	for _, m := range first(sections, most) {
		p.section(indent, m, depth)
	}
	p.more(indent, len(sections)-most)
}

// isSection tells whether a value needs lines of its own.
func isSection(v *document.Node, depth int) bool {
	switch v.Kind {
	case document.Object:
		return len(v.Members) > 0 && depth < stateDepth
	case document.Array:
		return allObjects(v.Items) && depth < stateDepth
	case document.Null, document.Bool, document.Number, document.String:
	}
	return false
}

func allObjects(items []*document.Node) bool {
	for _, item := range items {
		if item.Kind != document.Object {
			return false
		}
	}
	return len(items) > 0
}

func (p *Printer) section(indent int, m document.Member, depth int) {
	values := m.Value.Items
	for _, member := range m.Value.Members {
		values = append(values, member.Value)
	}
	heading := Text(m.Key)
	tabular := allObjects(values)
	if tabular {
		heading += " (" + strconv.Itoa(len(values)) + ")"
	}
	p.line(strings.Repeat(" ", indent), p.paint(bold, heading))
	if tabular {
		p.objects(indent+2, m.Value)
		return
	}
	p.object(indent+2, m.Value, depth+1)
}

// objects writes a list of objects, or a map of them with its keys in the first
// column, as a table with a column for each of their fields.
func (p *Printer) objects(indent int, node *document.Node) {
	keys := make([]string, 0, len(node.Members)) // none in a list
	items := node.Items
	for _, m := range node.Members {
		keys = append(keys, m.Key)
		items = append(items, m.Value)
	}
	shown := first(items, stateRows)
	var fields []string
	known := make(map[string]bool)
	for _, item := range shown {
		for _, m := range item.Members {
			if !known[m.Key] && len(fields) < stateColumns {
				fields = append(fields, m.Key)
			}
			known[m.Key] = true
		}
	}

	var columns []column
	if len(keys) > 0 {
		columns = append(columns, column{title: "KEY"})
	}
	for _, f := range fields {
		label, _ := quantity(f, "0")
		columns = append(columns, column{title: strings.ToUpper(Text(label)), right: numeric(shown, f)})
	}
	rows := make([][]cell, 0, len(shown))
	for i, item := range shown {
		var row []cell
		if len(keys) > 0 {
			row = append(row, cell{Text(keys[i]), bold})
		}
		for _, f := range fields {
			text := "-"
			if v := item.Get(f); v != nil {
				_, text = inline(f, v)
			}
			row = append(row, cell{text, plain})
		}
		rows = append(rows, row)
	}
	p.table(indent, columns, rows)
	if hidden := len(known) - len(fields); hidden > 0 {
		p.line(strings.Repeat(" ", indent), p.paint(dim, "... with "+count(hidden, "field")+" more each (use -o json)"))
	}
	p.more(indent, len(items)-stateRows)
}

// numeric tells whether a field has nothing but numbers.
func numeric(items []*document.Node, field string) bool {
	found := false
	for _, item := range items {
		v := item.Get(field)
		if v == nil || v.Kind == document.Null {
			continue
		}
		if v.Kind != document.Number {
			return false
		}
		found = true
	}
	return found
}

// inline is a value on one line, with the label of its field: a number's unit
// moves from the one to the other.
func inline(name string, v *document.Node) (label, text string) {
	label = Text(name)
	switch v.Kind {
	case document.Number:
		label, text = quantity(name, v.Text)
		return Text(label), message(text)
	case document.String:
		return label, Text(v.Text)
	case document.Bool:
		return label, map[string]string{"true": "yes", "false": "no"}[v.Text]
	case document.Null:
		label, _ = quantity(name, "0")
		return Text(label), "-"
	case document.Array:
		if len(v.Items) == 0 {
			return label, "none"
		}
		var parts []string
		for _, item := range first(v.Items, stateRows) {
			_, text := inline("", item)
			parts = append(parts, text)
		}
		text = strings.Join(parts, ", ")
		if more := len(v.Items) - stateRows; more > 0 {
			text += " ... and " + strconv.Itoa(more) + " more"
		}
		return label, text
	case document.Object:
		if len(v.Members) == 0 {
			return label, "none"
		}
	}
	return label, message(string(v.JSON()))
}
