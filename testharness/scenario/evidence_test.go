package scenario_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
