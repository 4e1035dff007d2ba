package soak

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// Text is the summary for a terminal.
func (s *Summary) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", s.Line())
	table := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "process\tof\tfirst quarter\tlast quarter\tmost\tper hour\tunit")
	for _, t := range s.Trends {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.Part, t.Of, short(t.First), short(t.Last), short(t.Most), signed(t.PerHour), t.Unit)
	}
	_ = table.Flush() // a strings.Builder takes everything
	return b.String()
}

// Markdown is the summary for a page, with the plot that is at path, relative to
// the page.
func (s *Summary) Markdown(plot string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", s.Line())
	b.WriteString("| process | of | first quarter | last quarter | most | per hour | |\n|---|---|---:|---:|---:|---:|---|\n")
	for _, t := range s.Trends {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", t.Part, t.Of, short(t.First), short(t.Last), short(t.Most), signed(t.PerHour), t.Unit)
	}
	fmt.Fprintf(&b, "\n![Memory and descriptors over time](%s)\n", plot)
	return b.String()
}

// Line says what was done, and what was seen besides numbers.
func (s *Summary) Line() string {
	long := time.Duration(s.Seconds * float64(time.Second)).Round(time.Second)
	planned := ""
	if s.Seconds < 0.99*s.Planned {
		planned = fmt.Sprintf(", of the %v that were planned", time.Duration(s.Planned*float64(time.Second)))
	}
	return fmt.Sprintf("From %s for %v%s: %d observations of %d nodes that answered %d checks (%d failed); %d found something broken, %d unknown, and there were %d other events.",
		s.Began.UTC().Format("2006-01-02 15:04 UTC"), long, planned, s.Observations, s.Nodes, s.Checks, s.Failed, s.Broken, s.Unknown, s.Told)
}

// short renders a number with three digits that count.
func short(x float64) string {
	if x >= 1000 || x <= -1000 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}

func signed(x float64) string {
	if x > 0 {
		return "+" + short(x)
	}
	return short(x)
}
