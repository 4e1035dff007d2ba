package subjecttest_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// What the suite needs and was not given is a failure that says what to give.
func TestWhatIsNotGiven(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reason string
		take   func(*subjecttest.Suite)
		checks []string
		says   string
	}{
		"Start": {
			reason: "there is nothing to try", take: func(s *subjecttest.Suite) { s.Start = nil },
			checks: []string{"describe/valid", "configure/opens", "observe/valid", "act/once", "close/again", "errors/typed"}, says: "give Suite.Start",
		},
		"Config": {
			reason: "there is no system to try it on", take: func(s *subjecttest.Suite) { s.Config = nil },
			checks: []string{"configure/opens", "configure/missing_field", "observe/valid", "act/once", "close/again"}, says: "give Suite.Config",
		},
		"Down": {
			reason: "every subject has a system that can be down", take: func(s *subjecttest.Suite) { s.Down, s.Hang = nil, nil },
			checks: []string{"configure/contacts_nothing", "observe/down_holds_nothing", "observe/bounded", "act/down", "act/checks_first"}, says: "give Suite.Down",
		},
		"Example": {
			reason: "what is declared is tried", take: func(s *subjecttest.Suite) { delete(s.Actions, "zero") },
			checks: []string{"act/examples", "act/once", "act/down", "act/remembers", "observe/changes_nothing"}, says: `give Suite.Actions["zero"]`,
		},
	} {
		for _, check := range tc.checks {
			t.Run(name+"/"+check, func(t *testing.T) {
				t.Parallel()
				result := runOne(t, check, func(suite *subjecttest.Suite, _ *tallies) { tc.take(suite) })
				if result.Status != subjecttest.Failed || !strings.Contains(result.Message, tc.says) {
					t.Errorf("%s: %s: %s", tc.reason, result.Status, result.Message)
				}
			})
		}
	}
}

// patient undoes the haste of runOne, where nothing is to be late.
func patient(suite *subjecttest.Suite) { suite.Slack, suite.Patience, suite.CloseTimeout = 0, 0, 0 }

// bare is a subject that declares as little as one can.
func bare() protocol.Definition {
	def := talliesDefinition()
	def.Actions = nil
	open := def.Open
	def.Open = func(ctx context.Context, config json.RawMessage) (protocol.Subject, error) {
		s, err := open(ctx, config)
		if err != nil {
			return nil, err
		}
		return struct{ protocol.Subject }{s}, nil
	}
	return def
}

// What a subject does not declare is not applicable, and says why.
func TestWhatIsNotDeclared(t *testing.T) {
	t.Parallel()
	for check, why := range map[string]string{
		"describe/params":         "no action",
		"describe/entity_params":  "no action",
		"describe/in_force":       "no Describer",
		"configure/given":         "Suite.Wrong",
		"configure/secrets":       "writeOnly",
		"observe/changes_nothing": "Suite.Probe",
		"act/once":                "no action",
		"act/down":                "no action",
		"act/id_of_another":       "no action",
		"act/remembers":           "no action",
		"close/again":             "no io.Closer",
		"close/fails_calls":       "no io.Closer",
		"close/in_flight":         "no io.Closer",
		"close/releases":          "no io.Closer",
		"errors/secrets":          "writeOnly",
	} {
		t.Run(check, func(t *testing.T) {
			t.Parallel()
			result := runOne(t, check, func(suite *subjecttest.Suite, _ *tallies) {
				def := bare()
				if strings.HasSuffix(check, "secrets") {
					def.ConfigSchema = json.RawMessage(strings.ReplaceAll(tallyConfigSchema, `"writeOnly": true`, `"writeOnly": false`))
				}
				patient(suite)
				suite.Start = subjecttest.InProcess(def)
				suite.Actions, suite.Probe, suite.Wrong = nil, nil, nil
			})
			if result.Status != subjecttest.Inapplicable || !strings.Contains(result.Message, why) {
				t.Errorf("%s: %s", result.Status, result.Message)
			}
		})
	}
}

// Where the system cannot be read by itself, dry runs tell what it is like.
func TestWithoutProbe(t *testing.T) {
	t.Parallel()
	for _, check := range []string{"observe/changes_nothing", "act/dry_run_changes_nothing", "act/acts", "act/once", "act/once_concurrently", "act/ended"} {
		t.Run(check, func(t *testing.T) {
			t.Parallel()
			result := runOne(t, check, func(suite *subjecttest.Suite, _ *tallies) {
				patient(suite)
				suite.Probe = nil
			})
			if result.Status != subjecttest.Passed {
				t.Errorf("%s: %s", result.Status, result.Message)
			}
		})
	}
}

// Without Before the suite still does what it can, and without Probe too, as for
// a system of which nothing is known but its configuration.
func TestWithoutBefore(t *testing.T) {
	t.Parallel()
	for name, probed := range map[string]bool{"WithProbe": true, "WithoutProbe": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suite, _ := goodSuite(t)
			for name, example := range suite.Actions {
				example.Before = nil
				suite.Actions[name] = example
			}
			if !probed {
				suite.Probe = nil
			}
			costly := []string{"act/huge", "act/remembers"} // and the same with Before
			suite.Only = func(c subjecttest.Check) bool {
				return strings.HasPrefix(c.Name, "act/") && !slices.Contains(costly, c.Name)
			}
			report := subjecttest.Run(t.Context(), suite, nil)
			for _, r := range report.Results {
				if r.Status == subjecttest.Failed || (r.Status == subjecttest.Inapplicable) != (r.Check == "act/acts") {
					t.Errorf("%s: %s: %s", r.Check, r.Status, r.Message)
				}
			}
		})
	}
}
