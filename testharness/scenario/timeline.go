package scenario

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// timeline is a run for people: a line for each thing that happened, with the
// time since the beginning, and what the standing rules found of it, at its time.
// What processes use is left out, and so is an observation that says what the one
// before said. Text from the system is escaped.
func timeline(result Result) []byte {
	r := result.Record
	t := &timelineWriter{begin: r.Begin, findings: byTime(result.Findings)}
	fmt.Fprintf(&t.b, "%s on %s over %s, seed %d, repeat %d, from %s\n\n",
		r.Scenario, r.System, r.Transport, r.Seed, r.Repeat, r.Begin.UTC().Format(time.RFC3339Nano))
	for _, e := range r.Events {
		if o := e.Observation; o != nil {
			t.found(o.Ended)
			t.observation(o)
			continue
		}
		t.found(e.At)
		if what, said := eventWords(e); what != "" {
			t.line(e.At, what, said)
		}
	}
	t.rest()
	for _, f := range result.Failures {
		if f.Step == 0 && strings.HasPrefix(f.What, neverWords) { // those of steps are told where they were missed
			t.line(r.End, "missed", failure.Line(f.What)+": "+failure.Line(f.Message))
		}
	}
	for _, left := range r.Leftovers {
		t.line(r.End, "left behind", failure.Line(left))
	}
	t.line(r.End, "end", strings.ReplaceAll(string(r.CutShort), "_", " "))
	return t.b.Bytes()
}

// A timelineWriter writes the lines of a timeline.
type timelineWriter struct {
	b        bytes.Buffer
	begin    time.Time
	findings []Finding // those that are not written yet, by time
	last     string    // what the last observation said that was written
	same     int       // how many have said the same since
}

func (t *timelineWriter) line(at time.Time, what, said string) {
	fmt.Fprintf(&t.b, "%9.3fs  %-12s %s\n", at.Sub(t.begin).Seconds(), what, said)
}

func (t *timelineWriter) observation(o *record.Observation) {
	said := observationWords(o)
	if said == t.last {
		t.same++
		return
	}
	if t.same > 0 {
		t.line(o.Began, "", fmt.Sprintf("(%d more observations that say the same)", t.same))
	}
	t.last, t.same = said, 0
	t.line(o.Ended, "observation", fmt.Sprintf("%d, begun at %.3fs: %s", o.Number, o.Began.Sub(t.begin).Seconds(), said))
	for _, tr := range o.Transitions {
		t.line(o.Ended, "ticket", fmt.Sprintf("%s: %s", markWords(fault.Mark{Invariant: tr.Ticket.Invariant, Entity: tr.Ticket.Entity}), tr.To))
	}
}

// found writes what was found before a time. What was found of an observation is
// of the time when that was over, and stands behind it.
func (t *timelineWriter) found(before time.Time) {
	for len(t.findings) > 0 && t.findings[0].At.Before(before) {
		t.finding()
	}
}

// rest writes what was found at the end.
func (t *timelineWriter) rest() {
	for len(t.findings) > 0 {
		t.finding()
	}
}

func (t *timelineWriter) finding() {
	f := t.findings[0]
	t.findings = t.findings[1:]
	of := ""
	if f.Observation > 0 {
		of = fmt.Sprintf("observation %d: ", f.Observation)
	}
	t.line(f.At, "FOUND", fmt.Sprintf("rule %s: %s%s", f.Rule, of, failure.Line(f.Message)))
}

// byTime are findings in the order of their times.
func byTime(findings []Finding) []Finding {
	return slices.SortedStableFunc(slices.Values(findings), func(a, b Finding) int { return a.At.Compare(b.At) })
}
