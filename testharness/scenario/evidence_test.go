package scenario_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func TestEvidenceOfAFailure(t *testing.T) {
	l := newLamp()
	l.blind = true
	dir := t.TempDir()
	sc := story(scenario.Step{Fault: out("left"), Expect: &scenario.Expectation{Within: 200 * time.Millisecond, Broken: marks("light_out left")}})
	sc.Allow = marks("light_out")
	result := play(t, l, sc, func(o *scenario.Options) { o.EvidenceDir, o.Seed, o.Check = dir, 7, noRules })
	if result.Verdict != scenario.Failed || result.Evidence != filepath.Join(dir, "story-in_process-7-1") {
		t.Fatalf("%s in %s", result.Verdict, result.Evidence)
	}
	var files []string
	err := filepath.WalkDir(result.Evidence, func(path string, d fs.DirEntry, err error) error {
		if name, _ := filepath.Rel(result.Evidence, path); err == nil && !d.IsDir() && !strings.HasPrefix(name, "observations") {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{
		"record.json", "result.json", "scenario.yaml", "seed.txt",
		"system/lights.txt", "system-at-failure/lights.txt", "timeline.ndjson", "timeline.txt", "versions.json",
	}, files); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Stat(filepath.Join(result.Evidence, "observations", "0001.json")); err != nil {
		t.Error(err)
	}
	timeline, err := os.ReadFile(filepath.Join(result.Evidence, "timeline.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"dark left: injected", "MISSED", "unknown light_out", `\x1b[31mfoggy`} {
		if !strings.Contains(string(timeline), want) {
			t.Errorf("the timeline has no %q:\n%s", want, timeline)
		}
	}
	if strings.Contains(string(timeline), "\x1b") {
		t.Error("the timeline has an escape sequence")
	}
	if _, err := scenario.Read([]stack.System{l.system()}, filepath.Join(result.Evidence, "scenario.yaml")); err != nil {
		t.Error(err)
	}
}

// TestFindingsInTheTimeline: what a rule found stands where it happened, behind the
// observation that shows it, and what never should have been at the end.
func TestFindingsInTheTimeline(t *testing.T) {
	l := newLamp()
	sc := story(scenario.Step{Fault: out("left"), Expect: &scenario.Expectation{Broken: marks("light_out left")}})
	sc.Never = marks("light_out")
	result := play(t, l, sc, func(o *scenario.Options) {
		o.EvidenceDir = t.TempDir()
		o.Check = func(r record.Record) []scenario.Finding {
			found := []scenario.Finding{{Rule: "at_the_end", At: r.End.Add(time.Second), Message: "too \x1b[31mlate"}}
			for _, e := range r.Events {
				if o := e.Observation; o != nil && len(o.Observation.Violations) > 0 {
					return append(found, scenario.Finding{Rule: "in_the_middle", At: o.Ended, Observation: o.Number, Message: "it is dark"})
				}
			}
			return found
		}
	})
	timeline, err := os.ReadFile(filepath.Join(result.Evidence, "timeline.txt"))
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, want := range []string{
		"dark left: injected", ": broken light_out of \"left\"", "FOUND        rule in_the_middle: observation ", ": it is dark", "dark left: healed",
		`FOUND        rule at_the_end: too \x1b[31mlate`, "missed       never light_out broken: observation ", "end",
	} {
		i := strings.Index(string(timeline)[at:], want)
		if i < 0 {
			t.Fatalf("%q is not in the timeline, or not in its place:\n%s", want, timeline)
		}
		at += i
	}
}

// TestLogsNameTheRun: of several runs that go on at a time each line says whose it
// is.
func TestLogsNameTheRun(t *testing.T) {
	l := newLamp()
	l.startup = errors.New("no room")
	var log bytes.Buffer
	play(t, l, story(scenario.Step{Wait: time.Second}), func(o *scenario.Options) {
		o.Log, o.Seed, o.Repeat = slog.New(slog.NewTextHandler(&log, nil)), 7, 2
	})
	if want := "run=story-in_process-7-2"; !strings.Contains(log.String(), want) {
		t.Errorf("%q is not in the log: %s", want, &log)
	}
}

func TestNoEvidenceOfWhatPassed(t *testing.T) {
	dir := t.TempDir()
	result := play(t, newLamp(), story(scenario.Step{Fault: out("left")}), func(o *scenario.Options) { o.EvidenceDir = dir })
	left, err := os.ReadDir(dir)
	if result.Verdict != scenario.Passed || result.Evidence != "" || err != nil || len(left) > 0 {
		t.Errorf("%s, %q, %v, %v", result.Verdict, result.Evidence, left, err)
	}
}

func TestRunAll(t *testing.T) {
	l := newLamp()
	jobs := scenario.Jobs([]scenario.Scenario{story(scenario.Step{Fault: out("left")})},
		[]scenario.Transport{scenario.InProcess, scenario.InMemory}, 2, scenario.Options{Systems: []stack.System{l.system()}, Check: noRules})
	if len(jobs) != 4 || jobs[2].Options.Repeat != 2 || jobs[1].Options.Transport != scenario.InMemory {
		t.Fatalf("%+v", jobs)
	}
	var done []int
	err := scenario.RunAll(t.Context(), jobs, 2, func(d scenario.Done) {
		if d.Err != nil || d.Result.Verdict != scenario.Passed || !d.Result.Record.Shared {
			t.Errorf("%d: %v, %s %s", d.Index, d.Err, d.Result.Verdict, d.Result.Error)
		}
		done = append(done, d.Index)
	})
	if err != nil || len(done) != 4 {
		t.Errorf("%v, %v", done, err)
	}

	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("enough")
	n := 0
	err = scenario.RunAll(ctx, jobs, 1, func(scenario.Done) {
		n++
		cancel(stop)
	})
	if !errors.Is(err, stop) || n > 2 {
		t.Errorf("%d jobs were done, %v", n, err)
	}
}
