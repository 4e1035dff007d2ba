package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares what is written with a file.
func golden(t *testing.T, name string, r Report, f Format, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b, f, o); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run the test with -update", err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
	return b.String()
}

// Nothing of what a key can hold reaches a reader as anything but text.
func TestHostileTextIsEscaped(t *testing.T) {
	t.Parallel()
	for _, f := range Formats() {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			text := golden(t, "sample_"+string(f), sample(), f, Options{})
			for _, r := range text {
				if r != '\n' && (unicode.IsControl(r) || !unicode.IsPrint(r)) || r == unicode.ReplacementChar && f != JSON {
					t.Errorf("%q is in it as it is", r)
				}
			}
			if f != Text && f != JSON && strings.Contains(text, "<script") {
				t.Error("there is a script in it")
			}
		})
	}
}

func TestTextFitsATerminal(t *testing.T) {
	t.Parallel()
	const width = 80
	text := golden(t, "sample_narrow", sample(), Text, Options{Width: width, Color: true})
	heading, _, _ := strings.Cut(text, "\n")
	if !strings.Contains(heading, "\x1b[2mVERDICT\x1b[0m") {
		t.Errorf("no colours in %q", heading)
	}
	columns, rows := overview(groups(sample().Runs), width)
	for _, l := range table(columns, rows, width, false) {
		if n := measure.StringWidth(l); n > width {
			t.Errorf("%d columns: %s", n, l)
		}
	}
}

func TestSums(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		report Report
		want   string
		ok     bool
	}{
		"Passed":      {"All of it ran.", Report{Runs: []Run{hung(1, 1, 1)}, Took: 2 * time.Second}, "1 passed, 0 failed, none skipped, in 2 s", true},
		"Failed":      {"One is enough.", Report{Runs: []Run{hung(1, 1, 1), failed()}, Took: time.Minute}, "1 passed, 1 failed, none skipped, in 1m0s", false},
		"Interrupted": {"What has not run has not passed.", Report{Runs: []Run{hung(1, 1, 1)}, NotRun: 3}, "1 passed, 0 failed, 3 not run, interrupted, in 0 ms", false},
		"Nothing":     {"That says nothing.", Report{}, "0 passed, 0 failed, none skipped, in 0 ms", false},
		"Errored":     {"Nor does what could not be tried.", Report{Runs: []Run{{Result: scenario.Result{Verdict: scenario.Errored}}}}, "0 passed, 0 failed, 1 error, none skipped, in 0 ms", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			if err := tc.report.Write(&b, Text, Options{}); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(b.String()), "\n")
			if got := lines[len(lines)-1]; got != tc.want || tc.report.OK() != tc.ok {
				t.Errorf("%s: %q, %v", tc.reason, got, tc.report.OK())
			}
		})
	}
}

func TestSpreads(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		of     []*time.Duration
		want   spread
	}{
		"None":    {"Nothing had to be noticed.", []*time.Duration{nil}, spread{}},
		"One":     {"It is both.", []*time.Duration{milli(5)}, spread{1, 5 * time.Millisecond, 5 * time.Millisecond}},
		"Odd":     {"The one in the middle, in any order.", []*time.Duration{milli(9), milli(1), milli(4)}, spread{3, 4 * time.Millisecond, 9 * time.Millisecond}},
		"Even":    {"The mean of the two.", []*time.Duration{milli(9), milli(1), milli(4), milli(2)}, spread{4, 3 * time.Millisecond, 9 * time.Millisecond}},
		"Missing": {"A run without one does not count as zero.", []*time.Duration{nil, milli(8), nil}, spread{1, 8 * time.Millisecond, 8 * time.Millisecond}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := spreadOf(tc.of); got != tc.want {
				t.Errorf("%s: %+v", tc.reason, got)
			}
		})
	}
}

// A reader of the XML gets the counts that are in the list, and every finding.
func TestJUnitIsRead(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := sample().Write(&b, JUnit, Options{}); err != nil {
		t.Fatal(err)
	}
	var got junitSuites
	if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	type counts struct{ Tests, Failures, Errors, Skipped int }
	want := map[string]counts{"": {5, 1, 1, 0}, "ratelimiter.binary": {4, 1, 0, 0}, "tikv.in_process": {1, 0, 1, 0}}
	have := map[string]counts{"": {got.Tests, got.Failures, got.Errors, got.Skipped}}
	for _, s := range got.Suites {
		have[s.Name] = counts{len(s.Cases), s.Failures, s.Errors, s.Skipped}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
	c := got.Suites[0].Cases[2]
	if c.Failure == nil || !strings.Contains(c.Failure.Text, "rule no_false_alarms at +6.000 s") || !strings.Contains(c.Failure.Text, "rule nothing_grows") {
		t.Errorf("the failure is %+v", c.Failure)
	}
	if !strings.Contains(c.Out, "fault 1 injected: hang redis") {
		t.Errorf("the timeline is %q", c.Out)
	}
}

// JSON has all of a text, as it was but for what is no text at all.
func TestJSONIsRead(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := sample().Write(&b, JSON, Options{}); err != nil {
		t.Fatal(err)
	}
	var got Document
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if want := strings.ToValidUTF8(hostile, "\ufffd"); got.Runs[3].Row != want {
		t.Errorf("got %q, want %q", got.Runs[3].Row, want)
	}
	if got.Runs[0].Seed != 18446744073709551615 || *got.Scenarios[0].Detect.MedianMS != 1700 || *got.Scenarios[0].Detect.WorstMS != 4100 {
		t.Errorf("got %+v", got.Scenarios[0])
	}
	var empty bytes.Buffer
	if err := (Report{}).Write(&empty, JSON, Options{}); err != nil || !strings.Contains(empty.String(), `"runs": []`) {
		t.Errorf("%v, %s", err, &empty)
	}
}

// The page is well-formed, has no scripts and asks for nothing from elsewhere.
func TestPageStandsAlone(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := sample().Write(&b, HTML, Options{}); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(&b)
	elements, ids, links := make(map[string]int), make(map[string]bool), make(map[string]bool)
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		elements[start.Name.Local]++
		for _, a := range start.Attr {
			switch name := a.Name.Local; {
			case name == "id":
				ids["#"+a.Value] = true
			case name == "href":
				links[a.Value] = true
			case name == "src" || strings.HasPrefix(name, "on"):
				t.Errorf("%s has %s", start.Name.Local, name)
			}
		}
	}
	if diff := cmp.Diff(ids, links); diff != "" {
		t.Errorf("links and what they lead to differ: %s", diff)
	}
	for name, want := range map[string]int{"script": 0, "link": 0, "img": 0, "svg": 4, "html": 1} {
		if elements[name] != want {
			t.Errorf("%d elements %s, want %d", elements[name], name, want)
		}
	}
}

// What no format shows is not kept: there can be hundreds of runs.
func TestNewRunIsSmall(t *testing.T) {
	t.Parallel()
	full := hung(1, 1, 1).Result
	full.Record.Events[1].Observation.Observation.State = json.RawMessage(`{}`)
	full.Record.Events[1].Observation.Tickets = make([]protocol.Ticket, 1)
	run := NewRun(full, "again")
	if want := len(full.Record.Events) - 1; len(run.Record.Events) != want {
		t.Errorf("%d events, want %d: all but what a process used", len(run.Record.Events), want)
	}
	if o := run.Record.Events[1].Observation; o.Observation.State != nil || o.Tickets != nil {
		t.Errorf("kept %+v", o)
	}
	if full.Record.Events[1].Observation.Observation.State == nil {
		t.Error("the caller's record was changed")
	}
}

// A writer that fails is told about, in every format.
func TestWriteFails(t *testing.T) {
	t.Parallel()
	for _, f := range append(Formats(), "pdf") {
		if err := sample().Write(brokenWriter{}, f, Options{}); err == nil {
			t.Errorf("%s: no error", f)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestFormatOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Format{"a.txt": Text, "a/b.xml": JUnit, "b.json": JSON, "c.html": HTML} {
		if got, err := FormatOf(name); got != want || err != nil {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "a", "a.pdf", "xml"} {
		if _, err := FormatOf(name); err == nil || !strings.Contains(err.Error(), ".xml (JUnit)") {
			t.Errorf("%q: %v", name, err)
		}
	}
}
