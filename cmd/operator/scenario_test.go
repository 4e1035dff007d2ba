package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
)

func TestScenarioCommands(t *testing.T) {
	t.Parallel()
	good := file(t, "good.yaml", yamlOf("good_file", ""))
	wrong := file(t, "wrong.yaml", strings.Replace(yamlOf("wrong_file", ""), "steps:", "stpes:", 1))
	hurting := file(t, "hurting.yaml", strings.Replace(yamlOf("hurting", ""), "{wait: 1s}", "{fault: {kind: kill, on: stroe}}", 1))
	tests := map[string]struct {
		reason string
		args   []string
		exit   int
		out    []string // each in standard output
		err    []string // each in standard error
	}{
		"Passed":        {"All passed.", []string{"run", good, "--seed", "7"}, 0, []string{"✓ passed", "1 passed, 0 failed, none skipped"}, []string{"1 run, seed 7\n", "started  good_file (binary)\n", "passed   good_file (binary) in 2 s\n"}},
		"Failed":        {"One is enough.", []string{"run", "--match", "^(good|bad)"}, 1, []string{"2 passed, 1 failed", "✗ bad_one (binary)", "rule held_was_read", "x is held"}, []string{"failed   bad_one (binary)"}},
		"Errored":       {"What could not be tried has not passed.", []string{"run", "--match", "sad"}, 1, []string{"0 passed, 0 failed, 1 error, none skipped", "! sad_plugin (binary)", "could not be tried", "no such program"}, nil},
		"Bug":           {"A bug brings its own scenario.", []string{"run", "--bug", "blind", "--seed", "5"}, 1, []string{"bad_bug", "replay    operator scenario run --bug blind --transport binary --seed 5"}, nil},
		"BugAndPath":    {"Or is tried on others.", []string{"run", "--bug", "blind", good}, 0, []string{"good_file"}, nil},
		"JSON":          {"For programs.", []string{"run", good, "-o", "json"}, 0, []string{`"verdict": "passed"`}, nil},
		"JUnit":         {"For CI.", []string{"run", good, "-o", "junit"}, 0, []string{`<testsuite name="fake.binary" tests="1"`}, nil},
		"HTML":          {"To be looked at.", []string{"run", good, "-o", "html"}, 0, []string{"<!DOCTYPE html>"}, nil},
		"NoTransport":   {"Nothing can be played.", []string{"run", "--match", "sad", "--transport", "in_memory"}, 2, nil, []string{"can be played through in_memory"}},
		"NoMatch":       {"It may be a typing error.", []string{"run", "--match", "nothing"}, 2, nil, []string{"no scenario is left to play"}},
		"BadMatch":      {"It is no regexp.", []string{"run", "--match", "("}, 2, nil, []string{"--match: ", "Run 'operator scenario run --help'"}},
		"BadFile":       {"All that is wrong with it, and where.", []string{"run", good, wrong}, 2, nil, []string{"wrong.yaml:5:", "stpes: unknown field; did you mean steps?"}},
		"NoPart":        {"There is none, and nothing is started for that to be found.", []string{"run", hurting}, 2, nil, []string{"hurting.yaml:5:30: ", `steps[0].fault.on: there is no part "stroe"; did you mean store?`}},
		"NoFile":        {"There is none.", []string{"run", "/nowhere/x.yaml"}, 2, nil, []string{"/nowhere/x.yaml: no such file"}},
		"BadTransport":  {"There are three.", []string{"run", "--transport", "http"}, 2, nil, []string{`there is no transport "http"; there are in_process, in_memory, binary and all`}},
		"BadRepeat":     {"It has a bound.", []string{"run", "--repeat", "0"}, 2, nil, []string{"--repeat must be from 1 to"}},
		"BadParallel":   {"So has this.", []string{"run", "--parallel", "1000"}, 2, nil, []string{"--parallel must be from 1 to"}},
		"BadFormat":     {"There are four.", []string{"run", "-o", "pdf"}, 2, nil, []string{"want one of text, junit, json, html"}},
		"BadReport":     {"Its ending says the format.", []string{"run", good, "--report", "x.pdf"}, 2, nil, []string{"must end in .txt, .xml (JUnit), .json or .html"}},
		"NoReport":      {"It is known before anything runs.", []string{"run", good, "--report", "/nowhere/x.html"}, 2, nil, []string{"/nowhere/x.html: no such file"}},
		"BadBug":        {"There is another.", []string{"run", "--bug", "deaf"}, 2, nil, []string{`there is no bug "deaf"; 'operator scenario bugs' lists them`}},
		"List":          {"Of those that are built in.", []string{"list"}, 0, []string{"SCENARIO", "good_two    row: good_two    fake    in_process in_memory\n", "sad_plugin  row: sad_plugin  fake    binary\n"}, nil},
		"ListJSON":      {"For programs.", []string{"list", good, "-o", "json"}, 0, []string{`"scenario": "good_file"`, `"steps": 1`}, nil},
		"Faults":        {"With their parameters.", []string{"faults", "fake"}, 0, []string{"fake: A system that is none.", "  kill, on a part\n      Kills a part.", "      by  string  required  how much\n", "default 3", "  html, on a link that carries HTTP", "\n  flush\n", "\n  parts, of the default topology\n      node-1, store\n", "\n  links, of the default topology\n      operator->node-1, node-1->store\n", "  vanish, on one of node-1\n", "      Splits it.\n      Not in the default topology: it takes two halves.\n"}, nil},
		"FaultsJSON":    {"With their schemas.", []string{"faults", "-o", "json"}, 0, []string{`"kind": "slow"`, `"on": "link"`, `"link": "operator->node-1"`, `"missing": "it takes two halves"`}, nil},
		"NoSystem":      {"There is one.", []string{"faults", "other"}, 2, nil, []string{`there is no system "other"; there are fake`}},
		"TwoSystems":    {"Or all.", []string{"faults", "a", "b"}, 2, nil, []string{`not also "b"`}},
		"Schema":        {"For editors.", []string{"schema"}, 0, []string{`"$schema"`}, nil},
		"Rules":         {"With their numbers.", []string{"rules"}, 0, []string{"1     returned_in_time  Every Observe returned before its deadline.\n"}, nil},
		"RulesJSON":     {"For programs.", []string{"rules", "-o", "json"}, 0, []string{`"number": 1`}, nil},
		"Bugs":          {"And what must catch them.", []string{"bugs"}, 0, []string{"blind  fake    held_was_read  It sees nothing.\n"}, nil},
		"BugsJSON":      {"For programs.", []string{"bugs", "-o", "json"}, 0, []string{`"caught_by": "held_was_read"`}, nil},
		"BadListFormat": {"There are two.", []string{"bugs", "-o", "html"}, 2, nil, []string{"want one of text, json"}},
		"NoArgs":        {"It takes none.", []string{"rules", "x"}, 2, nil, []string{`rules takes no arguments, not "x"`}},
		"RandomNothing": {"Of what?", []string{"random"}, 2, nil, []string{"random needs --system"}},
		"RandomOther":   {"There is one.", []string{"random", "--system", "x"}, 2, nil, []string{`there is no system "x"`}},
		"RandomShort":   {"Nothing would happen.", []string{"random", "--system", "fake", "--duration", "1s"}, 2, nil, []string{"--duration must be from 10s"}},
		"Help":          {"It says what there is.", nil, 0, []string{"run", "random", "faults"}, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f fakeHarness
			args := tc.args
			if len(args) > 0 && (args[0] == "run" || args[0] == "random") {
				args = append(args, "--evidence", "")
			}
			if got := f.run(t.Context(), args...); got != tc.exit {
				t.Errorf("%s: exit code %d, want %d: %s", tc.reason, got, tc.exit, &f.err)
			}
			for _, want := range tc.out {
				if !strings.Contains(f.out.String(), want) {
					t.Errorf("%s: %q is not in:\n%s", tc.reason, want, &f.out)
				}
			}
			for _, want := range tc.err {
				if !strings.Contains(f.err.String(), want) {
					t.Errorf("%s: %q is not in:\n%s", tc.reason, want, &f.err)
				}
			}
			if tc.exit == 2 && f.jobs != nil {
				t.Error("something was started")
			}
			if strings.HasSuffix(name, "JSON") && !json.Valid(f.out.Bytes()) {
				t.Errorf("not JSON: %s", &f.out)
			}
		})
	}
}

// Each run has its transport and its seed, and repeats are far from each other.
func TestScenarioJobs(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		args   []string
		want   []string // name, transport, repeat, seed
	}{
		"Default": {
			"The binary where that makes sense, else the first.",
			nil,
			[]string{"bad_one binary 1 9", "good_one binary 1 9", "good_two in_memory 1 9", "sad_plugin binary 1 9"},
		},
		"One": {
			"Only where it makes sense.",
			[]string{"--transport", "in_process"},
			[]string{"bad_one in_process 1 9", "good_one in_process 1 9", "good_two in_process 1 9"},
		},
		"All": {
			"Each of them.",
			[]string{"--transport", "all", "--match", "good"},
			[]string{"good_one in_process 1 9", "good_one in_memory 1 9", "good_one binary 1 9", "good_two in_process 1 9", "good_two in_memory 1 9"},
		},
		"Repeat": {
			"The next seed for the next repeat.",
			[]string{"--repeat", "2", "--match", "good"},
			[]string{"good_one binary 1 9", "good_two in_memory 1 9", "good_one binary 2 10", "good_two in_memory 2 10"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f fakeHarness
			f.run(t.Context(), append([]string{"run", "--seed", "9", "--evidence", "/kept", "--keep-evidence"}, tc.args...)...)
			var got []string
			for _, j := range f.jobs {
				got = append(got, fmt.Sprintf("%s %s %d %d", j.Scenario.Name, j.Options.Transport, j.Options.Repeat, j.Options.Seed))
				if o := j.Options; o.EvidenceDir != "/kept" || !o.KeepEvidence || len(o.Systems) != 1 {
					t.Errorf("options %+v", o)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n%s", tc.reason, diff)
			}
		})
	}
}

// A seed that nobody gave is another one each time, and is told.
func TestScenarioSeed(t *testing.T) {
	t.Parallel()
	seen := make(map[uint64]bool)
	for range 3 {
		var f fakeHarness
		f.run(t.Context(), "run", "--match", "good_one", "--evidence", "")
		seed := f.jobs[0].Options.Seed
		if seed == 0 || seen[seed] || !strings.Contains(f.err.String(), fmt.Sprintf("seed %d\n", seed)) {
			t.Errorf("seed %d: %s", seed, &f.err)
		}
		seen[seed] = true
	}
}

// What a report says to replay is what was run, with the same words.
func TestScenarioReplay(t *testing.T) {
	t.Parallel()
	path := file(t, "it's bad.yaml", yamlOf("bad_file", ""))
	quoted := "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	tests := map[string]struct {
		reason string
		args   []string
		want   string
	}{
		"File":    {"It is all there is in it.", []string{path}, quoted},
		"Folder":  {"It is one of those in it.", []string{filepath.Dir(path)}, quoted},
		"Several": {"The others are not needed.", []string{file(t, "good.yaml", yamlOf("good_file", "")), path}, quoted},
		"BuiltIn": {"It has no file.", []string{"--match", "bad"}, "--match '^bad_one$'"},
		"Bug":     {"With the bug, of the same file.", []string{"--bug", "blind", path}, quoted + " --bug blind"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f fakeHarness
			f.run(t.Context(), append([]string{"run", "--seed", "3", "--evidence", ""}, tc.args...)...)
			want := "replay    operator scenario run " + tc.want + " --transport binary --seed 3\n"
			if !strings.Contains(f.out.String(), want) {
				t.Errorf("%s: %q is not in:\n%s", tc.reason, want, &f.out)
			}
		})
	}
}

// An interrupt ends it with a report of what ran.
func TestScenarioInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var f fakeHarness
	f.played = func(int) { cancel() }
	html := filepath.Join(t.TempDir(), "report.html")
	got := f.run(ctx, "run", "--match", "good", "--repeat", "2", "--evidence", "", "--report", html)
	if got != scenarioInterrupted || !strings.Contains(f.out.String(), "1 passed, 0 failed, 3 not run, interrupted") || !strings.Contains(f.err.String(), "operator: interrupted") {
		t.Errorf("exit code %d\n%s%s", got, &f.out, &f.err)
	}
	if text, err := os.ReadFile(html); err != nil || !strings.Contains(string(text), "3 not run") {
		t.Errorf("%v: %s", err, text)
	}
}

func TestScenarioReportFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"run", "--match", "good_one", "--evidence", ""}
	want := map[string]string{"r.txt": "none skipped", "r.xml": "<testsuites", "r.json": `"runs": [`, "r.html": "</html>"}
	for name := range want {
		args = append(args, "--report", filepath.Join(dir, name))
	}
	var f fakeHarness
	if got := f.run(t.Context(), args...); got != 0 {
		t.Fatalf("exit code %d: %s", got, &f.err)
	}
	for name, part := range want {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.Contains(string(text), part) {
			t.Errorf("%s: %v: %s", name, err, text)
		}
	}
}

// The seed is told first, and what is done is kept as a scenario that says the
// same.
func TestScenarioRandom(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "evidence")
	var f fakeHarness
	if got := f.run(t.Context(), "random", "--system", "fake", "--duration", "20s", "--seed", "44", "--evidence", dir); got != 0 {
		t.Fatalf("exit code %d: %s", got, &f.err)
	}
	if !strings.HasPrefix(f.err.String(), "seed 44\n") {
		t.Errorf("it said: %s", &f.err)
	}
	kept, err := scenario.Read(f.harness().systems, filepath.Join(dir, "random_fake_44.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]scenario.Scenario{f.jobs[0].Scenario}, kept, cmpopts.IgnoreFields(scenario.Scenario{}, "File")); diff != "" {
		t.Errorf("what was kept is not what was played: %s", diff)
	}
}

// A directory that cannot be made is said before anything runs.
func TestScenarioRandomCannotKeep(t *testing.T) {
	t.Parallel()
	var f fakeHarness
	got := f.run(t.Context(), "random", "--system", "fake", "--evidence", file(t, "x", ""))
	if got != 2 || f.jobs != nil || !strings.Contains(f.err.String(), "write the schedule") {
		t.Errorf("exit code %d: %s", got, &f.err)
	}
}
