package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

func tried() Tried {
	return Tried{
		Path: "bin/operator-subject-orders", SHA256: strings.Repeat("0f", 32),
		Subject: "orders", Version: "1.2.3", File: "/etc/operator/conformance.yaml", Took: 12345678 * time.Microsecond,
	}
}

func conformanceReport() subjecttest.Report {
	return subjecttest.Report{
		Subject: "orders", Version: "1.2.3", Passed: 1, Failed: 2, NotApplicable: 1,
		Results: []subjecttest.Result{
			{Check: "describe/stable", Reason: "the same each time", Status: subjecttest.Passed, Duration: 3 * time.Millisecond},
			{
				Check: "observe/bounded", Reason: "Observe returns before its deadline, whatever hangs", Status: subjecttest.Failed,
				Message:  "with a deadline of 500ms it took 3.2s\nand then returned \x1b[31mnothing\x00 at all, <&> after a wait that was much longer than what anybody would wait for",
				Duration: 3200 * time.Millisecond,
			},
			{Check: "act/approval", Reason: "asks a person", Status: subjecttest.Inapplicable, Message: "it declares no action", Duration: 0},
			{Check: "alone", Reason: "has no group", Status: subjecttest.Failed, Message: "failed", Duration: time.Second},
		},
	}
}

func writeConformance(p *Printer) {
	p.ConformanceHead(tried())
	for _, r := range conformanceReport().Results {
		p.ConformanceResult(r)
	}
	p.ConformanceSum(tried(), conformanceReport())
}

func TestConformanceText(t *testing.T) {
	t.Parallel()
	text := golden(t, "conformance", Options{}, writeConformance)
	if i := strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }); i >= 0 {
		t.Errorf("a control character at %d", i)
	}
	narrow := golden(t, "conformance_narrow", Options{Width: 60}, writeConformance)
	if !strings.Contains(narrow, "✗ does not conform") {
		t.Error("there is no verdict")
	}
}

func TestConformanceHeadWithoutAFile(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := New(&b, Options{})
	plain := tried()
	plain.File = ""
	p.ConformanceHead(plain)
	p.ConformanceSum(plain, subjecttest.Report{Passed: 1, Results: make([]subjecttest.Result, 1)})
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"without --config", "✓ conforms"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in:\n%s", want, &b)
		}
	}
}

// A reader of XML gets back what can be shown, and the counts that are in the
// list.
func TestConformanceJUnit(t *testing.T) {
	t.Parallel()
	text := golden(t, "conformance_junit", Options{}, func(p *Printer) { p.ConformanceJUnit(tried(), conformanceReport()) })
	var got junitSuites
	if err := xml.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	type counts struct{ Tests, Failures, Skipped, Cases int }
	want := counts{4, 2, 1, 4}
	if diff := cmp.Diff(want, counts{got.Tests, got.Failures, got.Skipped, len(got.Suite.Cases)}); diff != "" {
		t.Error(diff)
	}
	failure := got.Suite.Cases[1].Failure
	if failure == nil || !strings.Contains(failure.Text, `\x1b[31mnothing\x00 at all, <&>`) || strings.ContainsRune(failure.Text, '\uFFFD') {
		t.Errorf("the failure's text is %+v", failure)
	}
}

func TestConformanceDocument(t *testing.T) {
	t.Parallel()
	text := golden(t, "conformance_json", Options{}, func(p *Printer) {
		raw, err := json.MarshalIndent(tried().Document(conformanceReport()), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		p.line(string(raw))
	})
	if !strings.Contains(text, `"ok": false`) {
		t.Error("a failed report is ok")
	}
	empty, err := json.Marshal(tried().Document(subjecttest.Report{}))
	if err != nil || !strings.Contains(string(empty), `"results":[]`) || !strings.Contains(string(empty), `"ok":false`) {
		t.Errorf("got %s, %v", empty, err)
	}
}
