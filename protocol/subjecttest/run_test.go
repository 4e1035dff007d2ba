package subjecttest_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// extra runs checks of the test's own, and none of the suite's.
func extra(t *testing.T, suite subjecttest.Suite, checks ...subjecttest.Check) subjecttest.Report {
	t.Helper()
	suite.Extra = checks
	own := make(map[string]bool)
	for _, c := range checks {
		own[c.Name] = true
	}
	suite.Only = func(c subjecttest.Check) bool { return own[c.Name] }
	return subjecttest.Run(t.Context(), suite, nil)
}

func passes(context.Context, *subjecttest.Env) error { return nil }

// A check that misbehaves, or whose subject does, fails by itself and the next
// goes on.
func TestRunContainsChecks(t *testing.T) {
	t.Parallel()
	never := make(chan struct{})
	t.Cleanup(func() { close(never) })
	for name, tc := range map[string]struct {
		reason string
		run    func(ctx context.Context, env *subjecttest.Env) error
		broken hooks
		says   []string
	}{
		"CheckPanics": {
			reason: "a bug of a check is its own",
			run:    func(context.Context, *subjecttest.Env) error { panic("a bug") },
			says:   []string{"the check panicked: a bug"},
		},
		"CheckHangs": {
			reason: "a check that does not end is left behind",
			run: func(context.Context, *subjecttest.Env) error {
				<-never
				return nil
			},
			says: []string{"time of 500ms was over", "had not ended"},
		},
		"CheckEndsLate": {
			reason: "one that ends with its context says what it was about",
			run: func(ctx context.Context, _ *subjecttest.Env) error {
				<-ctx.Done()
				return errors.New("was waiting for something")
			},
			says: []string{"time of 500ms was over", "was waiting for something"},
		},
		"SubjectPanics": {
			reason: "a panic fails the check whatever it makes of the error, and shows where it was",
			run: func(ctx context.Context, env *subjecttest.Env) error {
				o, err := env.Open(ctx, env.Suite().Config)
				if err == nil {
					_, _ = o.Observe(ctx)
				}
				return err
			},
			broken: hooks{observe: func(context.Context, observer) (protocol.Observation, error) { panic("a bug of the subject") }},
			says:   []string{"Observe panicked: a bug of the subject", "run_test.go"},
		},
		"SubjectHangs": {
			reason: "a call that does not return is named",
			run: func(ctx context.Context, env *subjecttest.Env) error {
				o, err := env.Open(ctx, env.Suite().Config)
				if err == nil {
					_, err = o.Act(ctx, protocol.Action{Name: "zero"})
				}
				return err
			},
			broken: hooks{act: func(context.Context, protocol.Action, actor) (protocol.Outcome, error) {
				<-never
				return protocol.Outcome{}, nil
			}},
			says: []string{"Act had not returned 100ms after its context ended"},
		},
		"SubjectEndsItsGoroutine": {
			reason: "as a subject does that is written with a test's FailNow",
			run: func(ctx context.Context, env *subjecttest.Env) error {
				o, err := env.Open(ctx, env.Suite().Config)
				if err == nil {
					_, _ = o.Observe(ctx)
				}
				return err
			},
			broken: hooks{observe: func(context.Context, observer) (protocol.Observation, error) {
				(&testing.T{}).SkipNow()
				return protocol.Observation{}, nil
			}},
			says: []string{"Observe did not return"},
		},
		"NothingOpened": {
			reason: "neither a subject nor an error",
			run: func(ctx context.Context, env *subjecttest.Env) error {
				_, err := env.Open(ctx, env.Suite().Config)
				return err
			},
			broken: hooks{open: func(context.Context, json.RawMessage, opener) (protocol.Subject, error) { return nil, nil }},
			says:   []string{"no subject and no error"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suite, _ := goodSuite(t)
			suite.Timeout, suite.Slack, suite.CloseTimeout = 500*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond
			def := broken(tc.broken)
			if tc.broken.open != nil { // the hooks would hide that there is no subject
				def.Open = func(ctx context.Context, config json.RawMessage) (protocol.Subject, error) {
					return tc.broken.open(ctx, config, nil)
				}
			}
			suite.Start = subjecttest.InProcess(def)
			report := extra(t, suite,
				subjecttest.Check{Name: "extra/bad", Reason: "is bad", Run: tc.run},
				subjecttest.Check{Name: "extra/good", Reason: "is good", Run: passes})
			want := []subjecttest.Result{
				{Check: "extra/bad", Reason: "is bad", Status: subjecttest.Failed},
				{Check: "extra/good", Reason: "is good", Status: subjecttest.Passed},
			}
			if diff := cmp.Diff(want, report.Results, cmpopts.IgnoreFields(subjecttest.Result{}, "Message", "Duration")); diff != "" {
				t.Fatalf("%s: -want +got:\n%s", tc.reason, diff)
			}
			for _, says := range tc.says {
				if !strings.Contains(report.Results[0].Message, says) {
					t.Errorf("%s: the message does not say %q:\n%s", tc.reason, says, report.Results[0].Message)
				}
			}
		})
	}
}

// The report counts, keeps the order, and shows nothing that a terminal obeys.
func TestReport(t *testing.T) {
	t.Parallel()
	suite, _ := goodSuite(t)
	var told []string
	suite.Extra = []subjecttest.Check{
		{Name: "extra/one", Reason: "one", Run: passes},
		{Name: "extra/two", Reason: "two", Run: func(context.Context, *subjecttest.Env) error { return errors.New("red: \x1b[31m\nand more") }},
		{Name: "extra/three", Reason: "three", Run: func(context.Context, *subjecttest.Env) error {
			return subjecttest.NotApplicable("there is no %s", "third")
		}},
	}
	suite.Only = func(c subjecttest.Check) bool {
		return strings.HasPrefix(c.Name, "extra/") || c.Name == "describe/valid"
	}
	report := subjecttest.Run(t.Context(), suite, func(r subjecttest.Result) { told = append(told, r.Check) })
	for i := range report.Results {
		report.Results[i].Duration = 1500 * time.Microsecond
	}
	got, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "subject": "tallies",
  "version": "1.2.3",
  "passed": 2,
  "failed": 1,
  "not_applicable": 1,
  "results": [
    {
      "check": "describe/valid",
      "reason": "a Definition is valid as a declaration and can be opened, else no host loads it",
      "status": "passed",
      "duration_ms": 1.5
    },
    {
      "check": "extra/one",
      "reason": "one",
      "status": "passed",
      "duration_ms": 1.5
    },
    {
      "check": "extra/two",
      "reason": "two",
      "status": "failed",
      "message": "red: \\x1b[31m\nand more",
      "duration_ms": 1.5
    },
    {
      "check": "extra/three",
      "reason": "three",
      "status": "not_applicable",
      "message": "there is no third",
      "duration_ms": 1.5
    }
  ]
}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"describe/valid", "extra/one", "extra/two", "extra/three"}, told); diff != "" {
		t.Errorf("what was told as it happened: -want +got:\n%s", diff)
	}
	if report.OK() || (subjecttest.Report{}).OK() || !(subjecttest.Report{Results: report.Results[:1]}).OK() {
		t.Error("a report is OK if there is something in it and nothing has failed")
	}
}

// What is left when the run ends is not held to have passed.
func TestRunEnds(t *testing.T) {
	t.Parallel()
	suite, _ := goodSuite(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	suite.Extra = []subjecttest.Check{
		{Name: "extra/one", Run: func(context.Context, *subjecttest.Env) error {
			cancel()
			return nil
		}},
		{Name: "extra/two", Run: passes},
	}
	suite.Only = func(c subjecttest.Check) bool { return strings.HasPrefix(c.Name, "extra/") }
	report := subjecttest.Run(ctx, suite, nil)
	if report.Passed != 1 || report.Failed != 1 || !strings.Contains(report.Results[1].Message, "was not tried") {
		t.Errorf("the report is %+v", report)
	}
}

// Checks are named and explained, each once, in groups that stay together.
func TestChecks(t *testing.T) {
	t.Parallel()
	names := make(map[string]bool)
	var groups []string
	for _, c := range subjecttest.Checks() {
		group, name, ok := strings.Cut(c.Name, "/")
		if !ok || name == "" || names[c.Name] || c.Reason == "" || strings.Contains(c.Reason, "\n") || c.Run == nil {
			t.Errorf("the check %q, because %q, is not as it should be", c.Name, c.Reason)
		}
		names[c.Name] = true
		if len(groups) == 0 || groups[len(groups)-1] != group {
			groups = append(groups, group)
		}
	}
	if diff := cmp.Diff([]string{"describe", "configure", "observe", "act", "close", "errors"}, groups); diff != "" {
		t.Errorf("groups: -want +got:\n%s", diff)
	}
}
