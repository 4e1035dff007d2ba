package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const module = `module example.com/x

go 1.26
`

const benchmarks = `package x

import (
	"os"
	"testing"
	"time"
)

func BenchmarkGood(b *testing.B) {
	for b.Loop() {
	}
	b.ReportMetric(0.5, "of-other")
	if os.Getenv("BENCH_COUNTERS") != "5000" {
		b.Fatal("how many counters?")
	}
}

func BenchmarkBad(b *testing.B) { b.Fatal("is bad") }

func BenchmarkEndless(b *testing.B) {
	_, _ = os.Stdout.WriteString("begun\n")
	time.Sleep(time.Hour)
}
`

// aModule makes a module with benchmarks and returns its directory.
func aModule(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": module, "x_test.go": benchmarks} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRunAll(t *testing.T) {
	var log bytes.Buffer
	r := runner{count: 2, counters: 5000, dir: aModule(t), log: &log}
	good, bad := job{".", "Good", "3x"}, job{".", "Bad", "3x"}
	got := r.runAll(t.Context(), []row{
		{name: "good", job: good, bench: "Good", unit: "of-other", atMost: new(0.6)},
		{name: "bad", job: bad, bench: "Bad", unit: "of-other"},
		{name: "unknown", job: good, bench: "Unknown", unit: "of-other"},
	})
	verdicts := make(map[string]verdict)
	for _, m := range got {
		verdicts[m.Name] = m.Verdict
	}
	want := map[string]verdict{"good": met, "bad": failed, "unknown": failed}
	if diff := cmp.Diff(want, verdicts); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, &log)
	}
	if diff := cmp.Diff([]float64{0.5, 0.5}, got[0].Values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if !strings.Contains(got[1].Note, "is bad") {
		t.Errorf("the note of the one that failed is %q", got[1].Note)
	}
	if n := strings.Count(log.String(), "go test"); n != 2 {
		t.Errorf("%d jobs for two", n)
	}
}

// Who is interrupted still gets the page, and nothing is left running.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r := runner{count: 1, counters: 5000, dir: aModule(t), log: &until{text: "begun", then: cancel}}
	got := r.runAll(ctx, []row{
		{name: "endless", job: job{".", "Endless", "1x"}, bench: "Endless", unit: "ns/op"},
		{name: "later", job: job{".", "Good", "1x"}, bench: "Good", unit: "of-other"},
	})
	for _, m := range got {
		if m.Verdict != failed || !strings.Contains(m.Note, "interrupted") && !strings.Contains(m.Note, "canceled") {
			t.Errorf("%s: %s, %q", m.Name, m.Verdict, m.Note)
		}
	}
}

// until waits for a text in what is written, in one piece.
type until struct {
	text string
	then func()
}

func (u *until) Write(p []byte) (int, error) {
	if strings.Contains(string(p), u.text) {
		u.then()
	}
	return len(p), nil
}

func TestOptions(t *testing.T) {
	cases := map[string]struct {
		reason string
		args   []string
		names  []string // of the first rows
		wrong  string
	}{
		"All":      {reason: "in their order", names: []string{"sweep_gentle", "sweep_gentle_felt"}},
		"Some":     {reason: "by how they begin", args: []string{"-rows", "unary, decode"}, names: []string{"decode", "decode_list", "unary", "unary_plain"}},
		"None":     {reason: "nothing to run is a mistake", args: []string{"-rows", "nothing"}, wrong: "no such rows"},
		"NoCount":  {reason: "of no runs there is no median", args: []string{"-count", "0"}, wrong: "-count"},
		"Few":      {reason: "the benchmarks refuse it", args: []string{"-counters", "10"}, wrong: "-counters"},
		"Flat":     {reason: "there is nothing to compare", args: []string{"-flat", "1000"}, wrong: "-flat"},
		"Two":      {reason: "each is instead of the rows", args: []string{"-soak", "1h", "-profile", "x"}, wrong: "one of them"},
		"Past":     {reason: "time goes on only", args: []string{"-soak", "-1s"}, wrong: "-soak"},
		"Argument": {reason: "a row without -rows", args: []string{"unary"}, wrong: "no arguments"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			o, err := parseOptions(tc.args, t.Output())
			if err != nil || tc.wrong != "" {
				if err == nil || tc.wrong == "" || !strings.Contains(err.Error(), tc.wrong) {
					t.Errorf("%s: %v, want %q", tc.reason, err, tc.wrong)
				}
				return
			}
			var names []string
			for _, r := range o.rows[:len(tc.names)] {
				names = append(names, r.name)
			}
			if diff := cmp.Diff(tc.names, names); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// Every row can be told from every other, and names a benchmark that is there.
func TestRows(t *testing.T) {
	names := make(map[string]bool)
	for _, r := range allRows() {
		if names[r.name] || r.name == "" || r.what == "" || r.unit == "" {
			t.Errorf("%+v", r)
		}
		names[r.name] = true
		function, _, _ := strings.Cut(r.bench, "/")
		if r.job.pattern != "^Benchmark"+function+"$" {
			t.Errorf("%s: %s does not run %s", r.name, r.job.pattern, r.bench)
		}
		files, err := filepath.Glob(filepath.Join("..", "..", r.job.pkg, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found = found || bytes.Contains(text, []byte("func Benchmark"+function+"("))
		}
		if !found {
			t.Errorf("%s: there is no Benchmark%s in %s", r.name, function, r.job.pkg)
		}
	}
}
