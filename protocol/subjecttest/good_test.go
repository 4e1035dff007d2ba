package subjecttest_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// goodSuite is what it takes to try tallies.
func goodSuite(t testing.TB) (subjecttest.Suite, *tallies) {
	t.Helper()
	system := startTallies(t)
	return subjecttest.Suite{
		Start:  subjecttest.InProcess(talliesDefinition()),
		Config: tallyConfig(system.url),
		Down:   tallyConfig(nobody(t)),
		Hang:   tallyConfig(silent(t)),
		Wrong: []subjecttest.WrongConfig{
			{Name: "no URL", Config: json.RawMessage(`{"url": "nothing", "limits": {"high": 1}}`), Paths: []string{"url"}},
		},
		Actions: map[string]subjecttest.Example{
			"zero": {Params: json.RawMessage(`{"name": "apples"}`), Before: system.reset},
			"add":  {Params: json.RawMessage(`{"name": "pears", "by": 2}`), Before: system.reset},
		},
		Probe: system.probe,
	}, system
}

// Test makes a subtest of each check.
func TestAsSubtests(t *testing.T) {
	t.Parallel()
	suite, _ := goodSuite(t)
	suite.Wrong = nil // so that one is not applicable
	suite.Only = func(c subjecttest.Check) bool { return strings.HasPrefix(c.Name, "configure/") }
	subjecttest.Test(t, suite)
}

// A subject that keeps every promise passes every check, in this process and
// over gRPC.
func TestGoodSubject(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reason       string
		start        func(context.Context) (subjecttest.Instance, error)
		inapplicable map[string]bool
	}{
		"in process": {
			reason: "nothing is left out: every check has something to try",
			start:  subjecttest.InProcess(talliesDefinition()),
		},
		"over gRPC": {
			reason: "the wire changes nothing of it",
			start: func(ctx context.Context) (subjecttest.Instance, error) {
				return plugin.LaunchInMemory(ctx, talliesDefinition())
			},
			inapplicable: map[string]bool{"close/releases": true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suite, _ := goodSuite(t)
			suite.Start = tc.start
			report := subjecttest.Run(t.Context(), suite, func(r subjecttest.Result) {
				switch {
				case r.Status == subjecttest.Failed:
					t.Errorf("%s: %s\n%s", r.Check, r.Reason, r.Message)
				case (r.Status == subjecttest.Inapplicable) != tc.inapplicable[r.Check]:
					t.Errorf("%s: %s: %s", r.Check, r.Status, r.Message)
				}
			})
			if report.Subject != "tallies" || report.Version != "1.2.3" {
				t.Errorf("the report is about %q %q", report.Subject, report.Version)
			}
			if n := len(subjecttest.Checks()); len(report.Results) != n {
				t.Errorf("%d results of %d checks", len(report.Results), n)
			}
		})
	}
}
