package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/cli"
	"github.com/operator-ratelimiter/operator-ratelimiter/host/hosttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/bugs"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/standing"
)

// A fakeHarness plays scenarios by their names alone: those that begin with
// "bad" fail, those with "sad" are errors.
type fakeHarness struct {
	out, err bytes.Buffer
	jobs     []scenario.Job
	// played is called after each, with how many there have been.
	played func(n int)
}

func yamlOf(name, more string) string {
	return "scenario: " + name + "\nsummary: It is " + name + ".\nrow: \"row: " + name + "\"\nsystem: fake\n" + more + "steps: [{wait: 1s}]\n"
}

func (f *fakeHarness) harness() harness {
	system := stack.System{
		Name: "fake", Summary: "A system that is none.", Definition: func() (protocol.Definition, error) { return hosttest.Definition(), nil },
		Topology:   []byte(`{"type":"object","properties":{"nodes":{"type":"integer","default":3,"description":"how many"}}}`),
		LoadSchema: []byte(`{"type":"object"}`),
		Kinds: []stack.Kind{
			{Name: "kill", Summary: "Kills a part. Heal starts it again.", On: stack.OnPart},
			{Name: "slow", Summary: "Slows a link.", On: stack.OnLink, With: []byte(`{"type":"object","required":["by"],"properties":{"by":{"type":"string","description":"how much"}}}`)},
			{Name: "flush", Summary: "Empties it."},
			{Name: "html", Summary: "Answers HTML.", On: stack.OnHTTPLink},
			{Name: "vanish", Summary: "Removes a node.", On: stack.OnPart},
			{Name: "split", Summary: "Splits it."},
		},
		Layout: func(json.RawMessage) (stack.Layout, error) {
			return stack.Layout{
				Parts:   []string{"node-1", "store"},
				Links:   []stack.LayoutLink{{From: "operator", To: "node-1", HTTP: true}, {From: "node-1", To: "store"}},
				Missing: map[string]string{"split": "it takes two halves"},
				Only:    map[string][]string{"vanish": {"node-1"}},
			}, nil
		},
	}
	return harness{
		systems: []stack.System{system},
		builtin: fstest.MapFS{
			"fake/good_one.yaml":  {Data: []byte(yamlOf("good_one", ""))},
			"fake/good_two.yaml":  {Data: []byte(yamlOf("good_two", "transports: [in_memory, in_process]\n"))},
			"fake/bad_one.yaml":   {Data: []byte(yamlOf("bad_one", ""))},
			"fake/sad_plugin.yml": {Data: []byte(yamlOf("sad_plugin", "transports: [binary]\n"))},
		},
		bugs: []bugs.Bug{{
			Name: "blind", Summary: "It sees nothing.", CaughtBy: "held_was_read", System: "fake",
			Scenario: scenario.Scenario{Name: "bad_bug", Summary: "It is caught.", System: "fake", Steps: []scenario.Step{{Wait: time.Second}}},
		}},
		rules: []standing.Rule{{Number: 1, Name: "returned_in_time", Summary: "Every Observe returned before its deadline."}},
		schedule: func(seed uint64, system stack.System, d time.Duration) scenario.Scenario {
			return scenario.Scenario{
				Name: "random", Summary: "At random.", System: system.Name, Bound: d + time.Minute,
				Steps: []scenario.Step{{Wait: time.Duration(1+seed%1000) * time.Millisecond}},
			}
		},
		runAll: f.runAll,
	}
}

func (f *fakeHarness) runAll(ctx context.Context, jobs []scenario.Job, _ int, done func(scenario.Done)) error {
	f.jobs = jobs
	for i, job := range jobs {
		if ctx.Err() != nil {
			break
		}
		o := job.Options
		o.Progress(scenario.Progress{Scenario: job.Scenario.Name, Transport: o.Transport, Repeat: o.Repeat, Steps: 1, Event: record.Event{Step: &record.Step{Number: 1}}})
		r := scenario.Result{
			Scenario: job.Scenario.Name, Summary: job.Scenario.Summary, Row: job.Scenario.Row, System: job.Scenario.System,
			Transport: o.Transport, Seed: o.Seed, Repeat: o.Repeat, Verdict: scenario.Passed, Took: 2 * time.Second,
		}
		switch {
		case strings.HasPrefix(r.Scenario, "bad"):
			r.Verdict = scenario.Failed
			r.Findings = []scenario.Finding{{Rule: "held_was_read", Message: "x is held, and nobody has read it"}}
		case strings.HasPrefix(r.Scenario, "sad"):
			r.Verdict, r.Error = scenario.Errored, "there is no such program"
		}
		done(scenario.Done{Index: i, Result: r})
		if f.played != nil {
			f.played(i + 1)
		}
	}
	return context.Cause(ctx)
}

// run runs a command line and returns its exit code.
func (f *fakeHarness) run(ctx context.Context, args ...string) int {
	f.out.Reset()
	f.err.Reset()
	streams := cli.Streams{
		In: strings.NewReader(""), Out: &f.out, Err: &f.err, Zone: time.UTC,
		LookupEnv: func(string) (string, bool) { return "", false },
	}
	root := cli.New(streams, "test")
	root.AddCommand(scenarioCommand(streams, "test", f.harness))
	return cli.Execute(ctx, root, append([]string{"scenario"}, args...))
}

// file writes a file and returns its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
