package soak

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func aRecord(n int) *Record {
	r := &Record{Samples: samplesOf(n, func(at float64) float64 { return 30 + at/1000 })}
	r.Summary = Summary{
		Began: time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC), Seconds: float64(5 * n), Planned: 3600, Nodes: 3, Rate: 250,
		Checks: 1000, Observations: 5 * n, Trends: trends(r.Samples),
	}
	return r
}

func TestSaveAndLoad(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	if _, err := Load(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("before anything was saved: %v", err)
	}
	r := aRecord(100)
	if err := r.Save(dir); err != nil {
		t.Fatal(err)
	}
	got, err := Load(dir)
	if diff := cmp.Diff(r.Summary, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	text, err := os.ReadFile(filepath.Join(dir, tableFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"for 8m20s, of the 1h0m0s that were planned", "500 observations", "resident memory"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the table does not have %q:\n%s", want, text)
		}
	}
}

// The plot is XML with a line for each series of which something is known, also
// where nothing was sampled.
func TestPlot(t *testing.T) {
	for n, lines := range map[int]int{100: 2, 1: 2, 0: 0} {
		plot := aRecord(n).Plot()
		found := 0
		for decoder := xml.NewDecoder(strings.NewReader(plot)); ; {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%d samples: %v\n%s", n, err, plot)
			}
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "polyline" {
				found++
			}
		}
		if found != lines || strings.Contains(plot, "NaN") || strings.Contains(plot, "Inf") {
			t.Errorf("%d samples: %d lines, want %d\n%s", n, found, lines, plot)
		}
		for _, want := range []string{"Resident memory, MB", "Open descriptors", "time, "} {
			if !strings.Contains(plot, want) {
				t.Errorf("the plot does not say %q", want)
			}
		}
	}
}

// What an operator writes comes in pieces, with other lines in between.
func TestHearing(t *testing.T) {
	said := `{"time":"2026-11-24T01:00:00Z","subject":"limiter","type":"observation","verdict":"held","broken":0,"unknown":0}
time=2026-11-24 level=INFO msg="not an event"
{"not":"an event"}
{"time":"2026-11-24T01:00:01Z","subject":"limiter","type":"observation","verdict":"broken","broken":2,"unknown":1}
{"time":"2026-11-24T01:00:01Z","subject":"limiter","type":"firing","invariant":"node_down"}
` + strings.Repeat("x", maxLine+1) + "\n" + `{"time":"2026-11-24T01:00:02Z","type":"observation"}` + "\n"
	for _, size := range []int{1, 7, len(said)} {
		h := &hearing{}
		for rest := []byte(said); len(rest) > 0; {
			n, err := h.Write(rest[:min(size, len(rest))])
			if err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		var r Record
		h.into(&r)
		want := Summary{Observations: 3, Broken: 1, Unknown: 1, Told: 1}
		if diff := cmp.Diff(want, r.Summary); diff != "" || len(r.Events) != 1 {
			t.Errorf("in pieces of %d: %d events (-want +got):\n%s", size, len(r.Events), diff)
		}
		if h.fine() {
			t.Error("the last observation says nothing of being well")
		}
		if _, err := h.Write([]byte(said[:strings.Index(said, "\n")+1])); err != nil || !h.fine() {
			t.Errorf("the last observation found all well: %v, %v", err, h.fine())
		}
		h.begin()
		h.into(&r)
		if r.Observations != 0 || len(r.Events) != 0 {
			t.Errorf("what was before the beginning is not forgotten: %+v", r.Summary)
		}
		if data, err := json.Marshal(r); err != nil || !strings.Contains(string(data), `"events":[]`) {
			t.Errorf("%s, %v", data, err)
		}
	}
}
