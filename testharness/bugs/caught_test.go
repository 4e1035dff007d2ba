//go:build scenarios

package bugs_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/bugs"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/systems/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/systems/tikv"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/tikvcluster"
)

// built are the systems, of programs built from the tree.
func built(t *testing.T) []stack.System {
	t.Helper()
	var nodes cluster.Build
	node, err := nodes.Node(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var programs tikvcluster.Build
	simulation, err := programs.Programs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, close := range []func() error{nodes.Close, programs.Close} {
			if err := close(); err != nil {
				t.Error(err)
			}
		}
	})
	return []stack.System{ratelimiter.System(ratelimiter.Options{NodeBinary: node}), tikv.System(tikv.Options{Programs: simulation})}
}

// TestBugsAreCaught plays each bug's scenario twice: with the right subject, which
// passes, and with the bug, which the rule finds that has to.
//
// They are played one after the other, for one of them is about what this process
// uses.
func TestBugsAreCaught(t *testing.T) {
	systems := built(t)
	for _, b := range bugs.All() {
		t.Run(b.Name, func(t *testing.T) {
			right := play(t, b.Scenario, scenario.Options{Systems: systems})
			if right.Verdict != scenario.Passed {
				t.Errorf("the right subject: %s", told(right))
			}
			wrong := play(t, b.Scenario, scenario.Options{Systems: systems, Wrap: b.Wrap})
			if wrong.Verdict != scenario.Failed || !slices.ContainsFunc(wrong.Findings, func(f scenario.Finding) bool { return f.Rule == b.CaughtBy }) {
				t.Errorf("the bug was to be found by %s: %s", b.CaughtBy, told(wrong))
			}
			t.Logf("with the bug: %s", told(wrong))
		})
	}
}

func play(t *testing.T, sc scenario.Scenario, o scenario.Options) scenario.Result {
	t.Helper()
	result, err := scenario.Run(t.Context(), sc, o)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// told says what came of a run.
func told(r scenario.Result) string {
	var b strings.Builder
	b.WriteString(string(r.Verdict) + " after " + r.Took.Round(time.Millisecond).String() + " " + r.Error)
	for _, f := range r.Failures {
		b.WriteString("\n\tmissed: " + f.What + ": " + f.Message)
	}
	for _, f := range r.Findings {
		b.WriteString("\n\tfound: " + f.Rule + ": " + f.Message)
	}
	return b.String()
}
