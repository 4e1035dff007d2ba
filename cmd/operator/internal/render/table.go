package render

import "strings"

// A cell is one field of a table; its text is escaped already.
type cell struct {
	text string
	how  paint
}

// A column says how a column behaves when the table is wider than the terminal.
type column struct {
	title string
	right bool // aligned to the right
	fixed bool // never cut
	wrap  bool // broken into lines rather than cut
}

// gap separates columns.
const gap = 2

// leastWidth is how far a column is cut at most.
const leastWidth = 8

// table writes rows under their titles, or without any if no column has one.
func (p *Printer) table(indent int, columns []column, rows [][]cell) {
	widths := p.widths(indent, columns, rows)
	heading := make([]cell, len(columns))
	titled := false
	for i, c := range columns {
		heading[i] = cell{c.title, dim}
		titled = titled || c.title != ""
	}
	if titled {
		p.row(indent, columns, widths, heading)
	}
	for _, row := range rows {
		p.row(indent, columns, widths, row)
	}
}

// widths returns the columns' widths: what they need, or what there is. What
// is missing is taken from the widest column, again and again, first from those
// that are wrapped and lose nothing.
func (p *Printer) widths(indent int, columns []column, rows [][]cell) []int {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = width(c.title)
		for _, row := range rows {
			widths[i] = max(widths[i], width(row[i].text))
		}
	}
	if p.opts.Width == 0 {
		return widths
	}
	over := indent + gap*(len(columns)-1) - p.opts.Width
	for _, w := range widths {
		over += w
	}
	shrink := func(may func(column) bool, least int) {
		for over > 0 {
			widest, next := -1, least
			for i, c := range columns {
				switch {
				case !may(c) || widths[i] <= least:
				case widest < 0 || widths[i] > widths[widest]:
					if widest >= 0 {
						next = max(next, widths[widest])
					}
					widest = i
				default:
					next = max(next, widths[i])
				}
			}
			if widest < 0 {
				return
			}
			// Down to the next widest, but by one at least.
			by := min(over, max(1, widths[widest]-next))
			widths[widest] -= by
			over -= by
		}
	}
	const readable = 30
	shrink(func(c column) bool { return c.wrap }, readable)
	shrink(func(c column) bool { return !c.fixed && !c.wrap }, leastWidth)
	shrink(func(c column) bool { return !c.fixed }, leastWidth)
	return widths
}

// row writes one row, over as many lines as its wrapped cells need.
func (p *Printer) row(indent int, columns []column, widths []int, row []cell) {
	texts := make([][]string, len(columns))
	height := 1
	for i, c := range columns {
		texts[i] = []string{row[i].text}
		if width(row[i].text) > widths[i] {
			texts[i] = []string{cut(row[i].text, widths[i])}
			if c.wrap {
				texts[i] = wrap(row[i].text, widths[i])
			}
		}
		height = max(height, len(texts[i]))
	}
	for n := range height {
		var b strings.Builder
		b.WriteString(strings.Repeat(" ", indent))
		pending := 0 // spaces that are written only if something follows
		for i, c := range columns {
			text := ""
			if n < len(texts[i]) {
				text = texts[i][n]
			}
			missing := widths[i] - width(text)
			if c.right {
				pending += missing
				missing = 0
			}
			if text != "" {
				b.WriteString(strings.Repeat(" ", pending))
				b.WriteString(p.paint(row[i].how, text))
				pending = 0
			}
			pending += missing + gap
		}
		p.line(b.String())
	}
}
