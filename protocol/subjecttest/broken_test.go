package subjecttest_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// A mutant makes a suite of a good subject one of a subject that breaks a
// promise.
type mutant func(suite *subjecttest.Suite, system *tallies)

// A breach is how a check is seen to fail.
type breach struct {
	reason string
	mutant mutant
	says   string // is in the message
}

func breaches() map[string]breach {
	all := make(map[string]breach)
	for _, some := range []map[string]breach{describeBreaches(), configureBreaches(), observeBreaches(), actRefuseBreaches(), actRunBreaches(), actOnceBreaches(), actTimeBreaches(), closeBreaches(), errorsBreaches()} {
		maps.Copy(all, some)
	}
	return all
}

// Each check fails on a subject that breaks its promise.
func TestBrokenSubjects(t *testing.T) {
	t.Parallel()
	for name, tc := range breaches() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := runOne(t, name, tc.mutant)
			if result.Status != subjecttest.Failed {
				t.Fatalf("%s: the check %s: %s", tc.reason, result.Status, result.Message)
			}
			if !strings.Contains(result.Message, tc.says) {
				t.Errorf("%s: the message does not say %q:\n%s", tc.reason, tc.says, result.Message)
			}
		})
	}
}

// No check is without a subject that fails it: one that cannot fail proves
// nothing.
func TestEachCheckCanFail(t *testing.T) {
	t.Parallel()
	all := breaches()
	for _, check := range subjecttest.Checks() {
		if _, ok := all[check.Name]; !ok {
			t.Errorf("there is no broken subject for %s", check.Name)
		}
		delete(all, check.Name)
	}
	for name := range all {
		t.Errorf("there is a broken subject for %s, which is no check", name)
	}
}

// runOne runs one check on a mutant, with little patience.
func runOne(t *testing.T, check string, change mutant) subjecttest.Result {
	t.Helper()
	suite, system := goodSuite(t)
	suite.Slack, suite.Patience, suite.CloseTimeout = 300*time.Millisecond, time.Second, time.Second
	change(&suite, system)
	suite.Only = func(c subjecttest.Check) bool { return c.Name == check }
	report := subjecttest.Run(context.WithoutCancel(t.Context()), suite, nil)
	if len(report.Results) != 1 {
		t.Fatalf("there are %d checks called %q", len(report.Results), check)
	}
	return report.Results[0]
}
