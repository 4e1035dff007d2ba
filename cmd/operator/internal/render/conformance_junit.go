package render

import (
	"encoding/xml"
	"strconv"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// The part of JUnit's XML that GitLab, Jenkins, Buildkite, CircleCI and the
// common actions of GitHub all read; nobody has specified it, and
// https://github.com/testmoapp/junitxml describes what is usual.
type (
	junitSuites struct {
		XMLName  xml.Name   `xml:"testsuites"`
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Skipped  int        `xml:"skipped,attr"`
		Errors   int        `xml:"errors,attr"`
		Time     string     `xml:"time,attr"`
		Suite    junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Errors     int             `xml:"errors,attr"`
		Time       string          `xml:"time,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitMessage `xml:"failure"`
		Skipped *junitMessage `xml:"skipped"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// ConformanceJUnit writes a report as JUnit's XML.
func (p *Printer) ConformanceJUnit(t Tried, r subjecttest.Report) {
	suite := junitSuite{
		Name: Prose(t.Subject), Time: seconds(t.Took),
		Tests: len(r.Results), Failures: r.Failed, Skipped: r.NotApplicable,
		Properties: []junitProperty{
			{"plugin", Prose(t.Path)}, {"sha256", Prose(t.SHA256)}, {"version", Prose(t.Version)},
		},
	}
	for _, result := range r.Results {
		suite.Cases = append(suite.Cases, junitCaseOf(t, result))
	}
	_, _ = p.w.WriteString(xml.Header)
	enc := xml.NewEncoder(p.w)
	enc.Indent("", "  ")
	// Strings and numbers always have a form, and Flush has the writer's error.
	_ = enc.Encode(junitSuites{
		Name: "conformance", Tests: suite.Tests, Failures: suite.Failures, Skipped: suite.Skipped, Time: suite.Time, Suite: suite,
	})
	p.line()
}

// junitCaseOf is one check. XML has no way at all to write most control
// characters, so they are escaped as they are for a terminal.
func junitCaseOf(t Tried, r subjecttest.Result) junitCase {
	group, name, ok := strings.Cut(r.Check, "/")
	if !ok {
		name = group
	}
	c := junitCase{Class: Prose(t.Subject + "." + group), Name: Prose(name), Time: seconds(r.Duration)}
	switch r.Status {
	case subjecttest.Passed:
	case subjecttest.Inapplicable:
		c.Skipped = &junitMessage{Message: Prose(r.Message)}
	default:
		c.Failure = &junitMessage{Message: Prose(r.Reason), Text: Lines(r.Message)}
	}
	return c
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }
