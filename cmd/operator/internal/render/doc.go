// Package render writes what the operator's commands have to say to a person:
// aligned tables, worst first, with units. What comes from an observed system
// is hostile: it is escaped, bounded and measured before it is written.
//
// On a terminal, tables are fitted to its width and words are coloured, though
// no meaning is in colour alone. Elsewhere lines are as long as they need to be,
// so that what is piped into another program is not cut.
package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

// Options say what the output is for.
type Options struct {
	// Color allows ANSI colours.
	Color bool
	// Width is the number of columns to fit into, 0 for no limit.
	Width int
	// Zone is in which times are shown, UTC if nil.
	Zone *time.Location
	// Command is how this program is called, for commands that are suggested:
	// "operator", "--config", "x.yaml". Nil means "operator".
	Command []string
}

// A Printer writes to one output. It is not safe for concurrent use.
type Printer struct {
	w    *bufio.Writer
	opts Options
	// names is how wide the column of subjects is in events, 0 for none.
	names int
}

// Name makes room for a subject's name in the lines of [Printer.Events], where
// several are watched.
func (p *Printer) Name(subject string, several bool) {
	if several {
		p.names = max(p.names, width(Text(subject)))
	}
}

// New returns a Printer for w. Call Flush at the end.
func New(w io.Writer, opts Options) *Printer {
	if opts.Zone == nil {
		opts.Zone = time.UTC
	}
	if len(opts.Command) == 0 {
		opts.Command = []string{"operator"}
	}
	return &Printer{w: bufio.NewWriter(w), opts: opts}
}

// Flush writes what is buffered and returns the first error of writing.
func (p *Printer) Flush() error {
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// line writes a line; Flush has the error.
func (p *Printer) line(parts ...string) {
	_, _ = p.w.WriteString(strings.TrimRight(strings.Join(parts, ""), " "))
	_ = p.w.WriteByte('\n')
}

// title begins a section.
func (p *Printer) title(text string) {
	p.line()
	p.line(p.paint(bold, text))
}

// fit is the width for text that is indented, with a limit that keeps prose
// readable; without a terminal it is that limit.
func (p *Printer) fit(indent int) int {
	const readable = 100
	if p.opts.Width == 0 {
		return readable - indent
	}
	return max(20, min(readable, p.opts.Width)-indent)
}
