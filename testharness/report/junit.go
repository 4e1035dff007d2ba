package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
)

// The part of JUnit's XML that GitLab, Jenkins, Buildkite, CircleCI and the
// common actions of GitHub all read; nobody has specified it, and
// https://github.com/testmoapp/junitxml describes what is usual.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Errors   int          `xml:"errors,attr"`
		Time     string       `xml:"time,attr"`
		Began    string       `xml:"timestamp,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Errors   int         `xml:"errors,attr"`
		Time     string      `xml:"time,attr"`
		Began    string      `xml:"timestamp,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class      string          `xml:"classname,attr"`
		Name       string          `xml:"name,attr"`
		Time       string          `xml:"time,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Failure    *junitMessage   `xml:"failure"`
		Error      *junitMessage   `xml:"error"`
		Out        string          `xml:"system-out,omitempty"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes a suite for each system and transport, in it a case for each
// run. XML has no way at all to write most control characters, so texts are
// escaped as they are for a terminal.
func writeJUnit(w io.Writer, r Report) error {
	all := junitSuites{
		Name: "scenarios", Tests: len(r.Runs),
		Failures: r.Count(scenario.Failed), Errors: r.Count(scenario.Errored),
		Time: seconds(r.Took), Began: stamp(r.Began),
	}
	at := make(map[string]int)
	took := make(map[string]time.Duration)
	for _, run := range r.Runs {
		name := line(run.System, maxName) + "." + line(string(run.Transport), maxName)
		i, ok := at[name]
		if !ok {
			i = len(all.Suites)
			at[name] = i
			all.Suites = append(all.Suites, junitSuite{Name: name, Began: stamp(run.Began)})
		}
		suite := &all.Suites[i]
		suite.Cases = append(suite.Cases, junitCaseOf(name, run))
		suite.Tests++
		switch run.Verdict {
		case scenario.Passed:
		case scenario.Failed:
			suite.Failures++
		case scenario.Errored:
			suite.Errors++
		}
		took[name] += run.Took
		suite.Time = seconds(took[name])
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// tailLines is how much of the timeline is in a case that failed.
const tailLines = 60

func junitCaseOf(class string, r Run) junitCase {
	c := junitCase{
		Class: class, Name: line(r.Scenario, maxName), Time: seconds(r.Took),
		Properties: []junitProperty{{"seed", strconv.FormatUint(r.Seed, 10)}},
	}
	if r.Repeat > 1 {
		c.Name += " #" + strconv.Itoa(r.Repeat)
	}
	add := func(name, value string) {
		if value != "" {
			c.Properties = append(c.Properties, junitProperty{name, line(value, maxMessage)})
		}
	}
	add("row", r.Row)
	detect, resolve := r.Times()
	if detect != nil {
		add("time_to_detect", seconds(*detect))
	}
	if resolve != nil {
		add("time_to_resolve", seconds(*resolve))
	}
	add("replay", r.Replay)
	add("evidence", r.Evidence)
	switch r.Verdict {
	case scenario.Passed:
		return c
	case scenario.Failed:
		c.Failure = junitProblems(r)
	case scenario.Errored:
		c.Error = junitProblems(r)
	}
	if tail := Timeline(r.Record, tailLines); len(tail) > 0 {
		c.Out = "\n" + strings.Join(tail, "\n") + "\n"
	}
	return c
}

// junitProblems has all of a run's problems: of several failures in a case many
// programs read only one.
func junitProblems(r Run) *junitMessage {
	list := r.problems()
	m := &junitMessage{Message: line(list[0].name+": "+list[0].message, maxMessage), Type: string(r.Verdict)}
	if r.Interrupted() {
		m.Type = string(r.Record.CutShort)
	}
	if n := len(list) - 1; n > 0 {
		m.Message += fmt.Sprintf(" (and %d more)", n)
	}
	var b strings.Builder
	for _, p := range list[:min(len(list), maxProblems)] {
		b.WriteString("\n" + line(p.name, maxMessage) + p.when(r))
		for _, l := range lines(p.message, maxMessage) {
			b.WriteString("\n  " + l)
		}
	}
	if more := len(list) - maxProblems; more > 0 {
		fmt.Fprintf(&b, "\nand %d more", more)
	}
	m.Text = b.String() + "\n"
	return m
}

// stamp is a time as JUnit has it: ISO 8601, in UTC, without saying so.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05") }
