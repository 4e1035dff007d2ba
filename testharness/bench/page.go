package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// page is what was measured, where and with what.
type page struct {
	Date     time.Time `json:"date"`
	Commit   string    `json:"commit"`
	Machine  machine   `json:"machine"`
	Versions versions  `json:"versions"`
	Count    int       `json:"count"`    // runs of each benchmark
	Counters int       `json:"counters"` // of the sweeps
	Rows     []measure `json:"rows"`
	Soak     *soaked   `json:"soak,omitempty"` // the last that was run, if one was
}

// A verdict tells what became of a row.
type verdict string

const (
	met      verdict = "met"
	missed   verdict = "missed"
	measured verdict = "measured" // there is no aim
	failed   verdict = "failed"   // the benchmark did
)

// measure is a row that was measured.
type measure struct {
	Name      string    `json:"name"`
	What      string    `json:"what"`
	Yardstick string    `json:"yardstick,omitempty"`
	Benchmark string    `json:"benchmark"`
	Unit      string    `json:"unit"`
	Median    *float64  `json:"median"` // null if the benchmark failed
	Values    []float64 `json:"values"` // of each run, in their order
	AtMost    *float64  `json:"at_most,omitempty"`
	Verdict   verdict   `json:"verdict"`
	Note      string    `json:"note,omitempty"`
}

// judged makes a row of the page of what its job brought.
func judged(r row, got outcome) measure {
	m := measure{
		Name: r.name, What: r.what, Yardstick: r.yardstick, Unit: r.unit,
		Benchmark: r.job.pkg + " " + r.bench, Values: valuesOf(got.results, r.bench, r.unit), Verdict: measured,
		AtMost: r.atMost,
	}
	switch {
	case got.err != nil:
		m.Verdict, m.Note = failed, got.err.Error()
		return m
	case len(m.Values) == 0:
		m.Verdict, m.Note = failed, "the benchmark does not report it"
		return m
	}
	m.Median = new(median(m.Values))
	switch {
	case m.AtMost == nil:
	case *m.Median <= *r.atMost:
		m.Verdict, m.Note = met, r.limit
	default:
		m.Verdict, m.Note = missed, r.missed
	}
	return m
}

// failed reports whether a row's benchmark did.
func (p page) failed() bool {
	for _, m := range p.Rows {
		if m.Verdict == failed {
			return true
		}
	}
	return false
}

// write writes the page as Markdown.
func (p page) write(to io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Measured\n\n%s, commit %s. %s. %s.\n\nMedians of %d runs, with the least and the most; the sweeps are over %s counters.\n\n",
		p.Date.UTC().Format("2006-01-02 15:04 UTC"), p.Commit, p.Machine, p.Versions, p.Count, thousands(p.Counters))
	b.WriteString("| row | what | beside | measured | least – most | aim | | note |\n|---|---|---|---:|---|---:|---|---|\n")
	for _, m := range p.Rows {
		value, spread, aim := "", "", ""
		if m.Median != nil {
			value = short(*m.Median)
			spread = short(slices.Min(m.Values)) + " – " + short(slices.Max(m.Values))
		}
		if m.AtMost != nil {
			aim = "≤ " + short(*m.AtMost)
			if *m.AtMost == 0 {
				aim = "none"
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n",
			m.Name, cell(m.What), cell(m.Yardstick), value, spread, aim, m.Verdict, cell(m.Note))
	}
	if p.Soak != nil {
		fmt.Fprintf(&b, "\n## The last soak\n\n%s", p.Soak.Markdown(p.Soak.Plot))
	}
	_, err := io.WriteString(to, b.String())
	return err
}

// cell makes a text fit for a cell of a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}

// short renders a number with three digits that count.
func short(x float64) string {
	if x >= 1000 || x <= -1000 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}

// thousands renders a number with commas.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
