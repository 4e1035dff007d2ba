package render

import (
	"strconv"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// A Tried is a plugin that was tried for its conformance.
type Tried struct {
	// Path and SHA256 are the binary's.
	Path, SHA256 string
	// Subject and Version are what it says it is.
	Subject, Version string
	// File says what it was tried on, empty if nothing does.
	File string
	// Took is how long that took.
	Took time.Duration
}

// ConformanceHead writes what is going to be tried.
func (p *Printer) ConformanceHead(t Tried) {
	p.line(p.paint(bold, Text(t.Subject)), " ", Text(t.Version))
	p.line("  plugin  ", Text(t.Path))
	p.line("  sha256  ", Text(t.SHA256))
	if t.File == "" {
		p.line("  tried on nothing: without --config, what needs a system fails")
	} else {
		p.line("  tried on what is in ", Text(t.File), "; its actions are really carried out")
	}
	p.line()
}

// checkNameWidth is how wide the column of the checks' names is: they are written
// one by one, before all are known.
const checkNameWidth = 36

// ConformanceResult writes how a check went.
func (p *Printer) ConformanceResult(r subjecttest.Result) {
	mark, how := resultMark(r.Status)
	p.line(p.paint(how, mark), " ", pad(Text(r.Check), checkNameWidth), "  ", p.paint(dim, Duration(r.Duration)), reasonNot(p, r))
	if r.Status != subjecttest.Failed {
		return
	}
	p.wrapped(4, "promised: "+Prose(r.Reason), plain)
	for text := range strings.SplitSeq(Lines(r.Message), "\n") {
		p.wrapped(4, text, red)
	}
}

// reasonNot says beside a check why it does not apply.
func reasonNot(p *Printer, r subjecttest.Result) string {
	if r.Status != subjecttest.Inapplicable {
		return ""
	}
	return "  " + p.paint(dim, "not applicable: "+message(r.Message))
}

// wrapped writes text on as many lines as it needs.
func (p *Printer) wrapped(indent int, text string, how paint) {
	for _, line := range wrap(text, p.fit(indent)) {
		p.line(strings.Repeat(" ", indent), p.paint(how, line))
	}
}

func resultMark(s subjecttest.Status) (string, paint) {
	switch s {
	case subjecttest.Passed:
		return "✓", green
	case subjecttest.Inapplicable:
		return "–", dim
	case subjecttest.Failed:
	}
	return "✗", boldRed
}

// ConformanceSum writes how many checks went how.
func (p *Printer) ConformanceSum(t Tried, r subjecttest.Report) {
	verdict, how := "✓ conforms", green
	if !r.OK() {
		verdict, how = "✗ does not conform", boldRed
	}
	p.line()
	p.line(p.paint(how, verdict), "  ", p.paint(bold, Text(t.Subject)), "  ",
		strconv.Itoa(r.Passed), " passed, ", strconv.Itoa(r.Failed), " failed, ",
		strconv.Itoa(r.NotApplicable), " not applicable, in ", Duration(t.Took))
}

// A ConformanceDocument is a report as JSON. Its fields stay what they are; others
// may be added.
type ConformanceDocument struct {
	Plugin     string  `json:"plugin"`
	SHA256     string  `json:"sha256"`
	OK         bool    `json:"ok"`
	DurationMS float64 `json:"duration_ms"`
	subjecttest.Report
}

// Document returns a report as JSON is made of it.
func (t Tried) Document(r subjecttest.Report) ConformanceDocument {
	if r.Results == nil {
		r.Results = []subjecttest.Result{} // a list, and not null
	}
	return ConformanceDocument{
		Plugin: t.Path, SHA256: t.SHA256, OK: r.OK(), Report: r,
		DurationMS: float64(t.Took.Round(time.Microsecond)) / float64(time.Millisecond),
	}
}
