package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/bench/soak"
)

var update = flag.Bool("update", false, "write the golden files")

func TestPage(t *testing.T) {
	results, err := parse(strings.NewReader(output))
	if err != nil {
		t.Fatal(err)
	}
	ran := job{pkg: "./x", pattern: "Sweep"}
	p := page{
		Date: time.Date(2026, 11, 23, 22, 5, 0, 0, time.UTC), Commit: "0123456789ab and changes", Count: 2, Counters: 1_000_000,
		Machine:  machine{Cores: 2, Processor: "Some Processor", Kernel: "Linux 6.1 x86_64", MemoryMB: 7961},
		Versions: versions{Go: "go1.26", Redis: "7.0.15", Prometheus: "2.42.0", Exporter: "1.88.0"},
		Rows: []measure{
			judged(row{name: "met", what: "Reached | and more", yardstick: "another", job: ran, bench: "Sweep/Fast", unit: "of-redis-cli-scan", atMost: new(0.25), limit: "the server", missed: "not told"}, outcome{results: results}),
			judged(row{name: "missed", what: "Not reached", job: ran, bench: "Sweep/Fast", unit: "wall/redis-cpu", atMost: new(1.1), missed: "it waits"}, outcome{results: results}),
			judged(row{name: "none", what: "None at all", job: ran, bench: "Sweep/Fast", unit: "differences", atMost: new(0.0)}, outcome{results: results}),
			judged(row{name: "measured", what: "Without an aim", job: ran, bench: "Sweep/Fast", unit: "ns/op"}, outcome{results: results}),
			judged(row{name: "silent", what: "Not reported", job: ran, bench: "Sweep/Fast", unit: "MB"}, outcome{results: results}),
			judged(row{name: "failed", what: "Failed", job: ran, bench: "Sweep/Fast", unit: "of-redis-cli-scan", atMost: new(0.25)}, outcome{results: results, err: errors.New("exit status 1:\nis bad")}),
		},
	}
	if !p.failed() {
		t.Error("a page with rows that failed has not failed")
	}
	path := filepath.Join(t.TempDir(), "new", "page")
	var stdout bytes.Buffer
	if err := p.save(path, &stdout); err != nil {
		t.Fatal(err)
	}
	for _, ending := range []string{".md", ".json"} {
		got, err := os.ReadFile(path + ending)
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", "page"+ending)
		if *update {
			if err := os.WriteFile(golden, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatalf("%v (go test -update writes it)", err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", golden, diff)
		}
		if ending == ".md" && stdout.String() != string(got) {
			t.Errorf("standard output has another page:\n%s", &stdout)
		}
	}
}

// A value that is null is a row without one, also for who reads the JSON.
func TestPageIsReadBack(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "page.json"))
	if err != nil {
		t.Fatal(err)
	}
	var p page
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	var verdicts []verdict
	for _, m := range p.Rows {
		verdicts = append(verdicts, m.Verdict)
		if (m.Median == nil) != (m.Verdict == failed) {
			t.Errorf("%s: %v, %s", m.Name, m.Median, m.Verdict)
		}
	}
	if diff := cmp.Diff([]verdict{met, missed, met, measured, failed, failed}, verdicts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestShort(t *testing.T) {
	for want, x := range map[string]float64{"0.067": 0.067, "12.3": 12.34, "123456": 123456.4, "0": 0, "1.2": 1.2} {
		if got := short(x); got != want {
			t.Errorf("%v: %q, want %q", x, got, want)
		}
	}
	for want, n := range map[string]int{"0": 0, "999": 999, "1,000": 1000, "1,000,000": 1_000_000} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

// A soak that was saved beside the page is on it, with its plot.
func TestLastSoak(t *testing.T) {
	out := filepath.Join(t.TempDir(), "bench")
	if last, err := lastSoak(out); last != nil || err != nil {
		t.Fatalf("without a soak: %+v, %v", last, err)
	}
	r := &soak.Record{Summary: soak.Summary{
		Began: time.Date(2026, 11, 23, 21, 0, 0, 0, time.UTC), Seconds: 3600, Planned: 3600, Nodes: 3, Checks: 900_000, Observations: 3599,
		Trends: []soak.Trend{{Part: "host", Of: "resident memory", Unit: "MB", First: 30, Last: 30.5, Most: 31, PerHour: 0.1}},
	}}
	if err := r.Save(soakDir(out)); err != nil {
		t.Fatal(err)
	}
	last, err := lastSoak(out)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := (page{Soak: last}).write(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"3599 observations", "| host | resident memory | 30 | 30.5 | 31 | +0.1 | MB |", "](bench/soak.svg)"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the page does not have %q:\n%s", want, &text)
		}
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(out), last.Plot)); err != nil {
		t.Errorf("the plot is not where the page says: %v", err)
	}
	if err := os.WriteFile(filepath.Join(out, "soak.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := lastSoak(out); err == nil {
		t.Error("half a file was read")
	}
}
