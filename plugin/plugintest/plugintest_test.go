//go:build unix

package plugintest_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/plugintest"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// options start this test binary as a plugin.
func options(mode string) plugin.Options {
	return plugin.Options{
		Path:         os.Args[0],
		Env:          []string{modeVariable + "=" + mode, "GORACE=atexit_sleep_ms=0 halt_on_error=1"},
		StartTimeout: 30 * time.Second,
	}
}

// Each process check can fail.
func TestFaultsAreFound(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		mode   string
		check  string
		want   string // in the message
	}{
		"Stays":         {"A plugin that waits for a host that is not there.", "stays", "process/by_hand", "was still there"},
		"Content":       {"A script that starts it must see that it did not work.", "content", "process/by_hand", "exit code 0"},
		"Mute":          {"A person wonders.", "mute", "process/by_hand", "did not say why"},
		"Chatty":        {"A greeting is not a handshake.", "chatty", "process/stdout", "Welcome to lamp"},
		"Untidy":        {"A temporary file per start fills a disk.", "untidy", "process/restart", `"untidy`},
		"Fragile":       {"A request must not end the process.", "fragile", "process/oversize", "process has ended (exit status 9)"},
		"BehindStopped": {"Stopping the process must stop the plugin.", "behind", "process/stopped", "got no error"},
		"Orphan":        {"A plugin that does not watch its lifeline stays.", "orphan", "process/host_death", "after its host was killed: a plugin has to end"},
		"Clingy":        {"In the host's group a Ctrl-C ends both.", "clingy", "process/environment", "is in the group of"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := options(tc.mode)
			suite := lampSuite(t, plugintest.Binary(opts))
			switch tc.mode {
			case "stays":
				opts.StartTimeout = 5 * time.Second
			case "orphan": // which does notice, later, that nobody is connected
				suite.Slack = time.Millisecond
			}
			suite.Extra = plugintest.ProcessChecks(opts)
			suite.Only = func(c subjecttest.Check) bool { return c.Name == tc.check }
			report := subjecttest.Run(t.Context(), suite, nil)
			if len(report.Results) != 1 {
				t.Fatalf("got %d results", len(report.Results))
			}
			got := report.Results[0]
			t.Log(got.Message)
			if got.Status != subjecttest.Failed || !strings.Contains(got.Message, tc.want) {
				t.Errorf("%s: %s is %s; want it to fail with %q in the message", tc.reason, tc.check, got.Status, tc.want)
			}
		})
	}
}

// An executable that does not become a host must not try to be one for ever.
func TestExecutableThatDoesNotBecomeAHost(t *testing.T) {
	t.Setenv("OPERATOR_SUBJECT_TEST_ROLE", "none")
	suite := lampSuite(t, plugintest.Binary(options("lamp")))
	suite.Extra = plugintest.ProcessChecks(options("lamp"))
	suite.Only = func(c subjecttest.Check) bool { return c.Name == "process/restart" }
	report := subjecttest.Run(t.Context(), suite, nil)
	if report.Failed != 1 || !strings.Contains(report.Results[0].Message, "call plugintest.BecomeHost") {
		t.Errorf("got %+v", report)
	}
}

// A list that is shown to people, and selected from, by name.
func TestNamesOfChecks(t *testing.T) {
	t.Parallel()
	var names []string
	for _, c := range plugintest.ProcessChecks(options("lamp")) {
		names = append(names, c.Name)
		if c.Reason == "" || strings.ContainsRune(c.Reason, '\n') {
			t.Errorf("%s: the reason is not a line: %q", c.Name, c.Reason)
		}
	}
	slices.Sort(names)
	want := []string{
		"process/by_hand", "process/close", "process/environment", "process/host_death", "process/killed",
		"process/oversize", "process/restart", "process/stdout", "process/stopped",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

// What cannot be started is an error, and no instance.
func TestStartFails(t *testing.T) {
	t.Parallel()
	invalid := lamp("")
	invalid.Name = "no name"
	if i, err := plugintest.InMemory(invalid)(t.Context()); err == nil || i != nil {
		t.Errorf("in memory: got %v, %v", i, err)
	}
	if i, err := plugintest.Binary(plugin.Options{Path: "/nowhere/plugin"})(t.Context()); err == nil || i != nil {
		t.Errorf("binary: got %v, %v", i, err)
	}
}
