package report

import (
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
)

// ended is a run that was cut short.
func ended(cut record.Cut) Run {
	r := hung(1, 1500, 29)
	r.Verdict, r.Error, r.Record.CutShort = scenario.Errored, "step 2: the run was interrupted", cut
	return r
}

// TestInterrupted: what somebody has ended is called that in every format, and
// what failed by itself is not.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		runs   []Run
		text   []string // in the text
		not    []string
		count  int
	}{
		"One": {
			reason: "Nothing else can be said of it.",
			runs:   []Run{ended(record.Interrupted)},
			text:   []string{"! interrupted", "    interrupted", "0 passed, 0 failed, 1 interrupted"},
			not:    []string{"error", "could not be tried"}, count: 1,
		},
		"Error": {
			reason: "A harness that breaks is an error.",
			runs:   []Run{ended(record.Broken)},
			text:   []string{"! error", "could not be tried", "1 error"},
			not:    []string{"! interrupted", "1 interrupted"},
		},
		"Both": {
			reason: "Of one scenario the error is worse.",
			runs:   []Run{ended(record.Interrupted), ended(record.OutOfTime)},
			text:   []string{"! error 2 times", "1 error, 1 interrupted"}, count: 1,
		},
		"Passed": {
			reason: "One that passed is not in question, whenever it ended.",
			runs:   []Run{hung(1, 1500, 29)},
			text:   []string{"1 passed"}, not: []string{"interrupted"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := Report{Runs: tc.runs}
			text := written(t, r, Text)
			for _, want := range tc.text {
				if !strings.Contains(text, want) {
					t.Errorf("%s: there is no %q in\n%s", tc.reason, want, text)
				}
			}
			for _, not := range tc.not {
				if strings.Contains(text, not) {
					t.Errorf("%s: there is %q in\n%s", tc.reason, not, text)
				}
			}
			if got := r.Document().Interrupted; got != tc.count {
				t.Errorf("%s: %d are interrupted in JSON, want %d", tc.reason, got, tc.count)
			}
			if got := strings.Count(written(t, r, JUnit), `type="interrupted"`); got != tc.count {
				t.Errorf("%s: %d are interrupted in JUnit, want %d", tc.reason, got, tc.count)
			}
			if got := strings.Contains(written(t, r, HTML), "! interrupted"); got != (tc.count > 0) {
				t.Errorf("%s: interrupted in HTML: %t", tc.reason, got)
			}
		})
	}
}

func written(t *testing.T, r Report, f Format) string {
	t.Helper()
	var b strings.Builder
	if err := r.Write(&b, f, Options{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
