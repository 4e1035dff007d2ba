package report

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// A paint is an ANSI rendition.
type paint string

const (
	plain  paint = ""
	bold   paint = "1"
	dim    paint = "2"
	red    paint = "1;31"
	green  paint = "32"
	yellow paint = "33"
)

// A cell is one field of a table; its text is escaped already.
type cell struct {
	text string
	how  paint
}

// A column is a title, and whether what is below it is a number.
type column struct {
	title string
	right bool
}

// measure knows how many columns a terminal gives a rune, whatever the
// environment says.
var measure = &runewidth.Condition{StrictEmojiNeutral: true}

// gap separates columns, and leastWidth is how far one is cut at most.
const (
	gap        = 2
	leastWidth = 12
)

// table returns the lines of rows under their titles, no wider than width if it
// is not 0: then what is missing is taken from the widest columns of text.
func table(columns []column, rows [][]cell, width int, color bool) []string {
	heading := make([]cell, len(columns))
	widths := make([]int, len(columns))
	over := gap*(len(columns)-1) - width
	for i, c := range columns {
		heading[i] = cell{c.title, dim}
		widths[i] = measure.StringWidth(c.title)
		for _, row := range rows {
			widths[i] = max(widths[i], measure.StringWidth(row[i].text))
		}
		over += widths[i]
	}
	for width > 0 && over > 0 {
		widest := -1
		for i, c := range columns {
			if !c.right && widths[i] > leastWidth && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
		over--
	}
	list := make([]string, 0, len(rows)+1)
	for _, row := range append([][]cell{heading}, rows...) {
		list = append(list, tableRow(columns, widths, row, color))
	}
	return list
}

func tableRow(columns []column, widths []int, row []cell, color bool) string {
	var b strings.Builder
	pending := 0 // spaces that are written only if something follows
	for i, c := range columns {
		text := row[i].text
		if measure.StringWidth(text) > widths[i] {
			text = measure.Truncate(text, widths[i], "…")
		}
		missing := widths[i] - measure.StringWidth(text)
		if c.right {
			pending, missing = pending+missing, 0
		}
		if text != "" {
			b.WriteString(strings.Repeat(" ", pending) + painted(row[i].how, text, color))
			pending = 0
		}
		pending += missing + gap
	}
	return b.String()
}

func painted(how paint, text string, color bool) string {
	if !color || how == plain || text == "" {
		return text
	}
	return "\x1b[" + string(how) + "m" + text + "\x1b[0m"
}
