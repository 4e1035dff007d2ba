package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
)

// A Document is a report as JSON. Its fields stay what they are; others may be
// added. Durations are whole milliseconds, times are in RFC 3339, and seeds are
// texts, because not every program reads 64 bits as a number.
type Document struct {
	Version string    `json:"version"`
	Began   time.Time `json:"began"`
	TookMS  int64     `json:"took_ms"`
	OK      bool      `json:"ok"`
	// Passed, Failed, Errors and NotRun count runs. None are ever skipped. Those
	// that were Interrupted are among the errors.
	Passed      int `json:"passed"`
	Failed      int `json:"failed"`
	Errors      int `json:"errors"`
	Interrupted int `json:"interrupted"`
	NotRun      int `json:"not_run"`
	// Scenarios sums up the repeats of each scenario through each transport.
	Scenarios []DocumentScenario `json:"scenarios"`
	Runs      []DocumentRun      `json:"runs"`
}

// A DocumentScenario is what the runs of a scenario through a transport have in
// common.
type DocumentScenario struct {
	Scenario  string         `json:"scenario"`
	System    string         `json:"system"`
	Transport string         `json:"transport"`
	Row       string         `json:"row,omitempty"`
	Runs      int            `json:"runs"`
	Passed    int            `json:"passed"`
	Detect    DocumentSpread `json:"detect"`
	Resolve   DocumentSpread `json:"resolve"`
	Took      DocumentSpread `json:"took"`
}

// A DocumentSpread is of how many runs a time is known, and its median and worst,
// null if of none.
type DocumentSpread struct {
	Runs     int    `json:"runs"`
	MedianMS *int64 `json:"median_ms"`
	WorstMS  *int64 `json:"worst_ms"`
}

// A DocumentRun is one run. Failures, Findings and Faults are as package scenario
// writes them.
type DocumentRun struct {
	Scenario  string             `json:"scenario"`
	System    string             `json:"system"`
	Transport scenario.Transport `json:"transport"`
	Row       string             `json:"row,omitempty"`
	Summary   string             `json:"summary,omitempty"`
	Repeat    int                `json:"repeat"`
	Seed      uint64             `json:"seed,string"`
	Verdict   scenario.Verdict   `json:"verdict"`
	Began     time.Time          `json:"began"`
	TookMS    int64              `json:"took_ms"`
	// DetectMS and ResolveMS are the times to detect and to resolve, null where
	// there is none.
	DetectMS  *int64                `json:"detect_ms"`
	ResolveMS *int64                `json:"resolve_ms"`
	Error     string                `json:"error,omitempty"`
	CutShort  record.Cut            `json:"cut_short,omitempty"`
	Failures  []scenario.Failure    `json:"failures"`
	Findings  []scenario.Finding    `json:"findings"`
	Faults    []scenario.FaultTimes `json:"faults"`
	Replay    string                `json:"replay,omitempty"`
	Evidence  string                `json:"evidence,omitempty"`
}

// Document returns the report as JSON is made of it.
func (r Report) Document() Document {
	d := Document{
		Version: r.Version, Began: r.Began.UTC(), TookMS: r.Took.Milliseconds(), OK: r.OK(),
		Passed: r.Count(scenario.Passed), Failed: r.Count(scenario.Failed), Errors: r.Count(scenario.Errored), Interrupted: r.interrupted(), NotRun: r.NotRun,
		Scenarios: []DocumentScenario{}, Runs: []DocumentRun{},
	}
	for _, g := range groups(r.Runs) {
		detect, resolve, took := g.spreads()
		d.Scenarios = append(d.Scenarios, DocumentScenario{
			Scenario: g.scenario, System: g.system, Transport: g.transport, Row: g.row,
			Runs: len(g.runs), Passed: g.count(scenario.Passed),
			Detect: detect.document(), Resolve: resolve.document(), Took: took.document(),
		})
	}
	for _, run := range r.Runs {
		d.Runs = append(d.Runs, run.document())
	}
	return d
}

func (r Run) document() DocumentRun {
	detect, resolve := r.Times()
	return DocumentRun{
		Scenario: r.Scenario, System: r.System, Transport: r.Transport,
		Row: r.Row, Summary: r.Summary, Repeat: r.Repeat, Seed: r.Seed,
		Verdict: r.Verdict, Began: r.Began.UTC(), TookMS: r.Took.Milliseconds(),
		DetectMS: maybe(detect), ResolveMS: maybe(resolve), Error: r.Error, CutShort: r.Record.CutShort,
		Failures: listed(r.Failures), Findings: listed(r.Findings), Faults: listed(r.Faults),
		Replay: r.Replay, Evidence: r.Evidence,
	}
}

func (s spread) document() DocumentSpread {
	if s.n == 0 {
		return DocumentSpread{}
	}
	return DocumentSpread{Runs: s.n, MedianMS: maybe(&s.median), WorstMS: maybe(&s.worst)}
}

func maybe(d *time.Duration) *int64 {
	if d == nil {
		return nil
	}
	return new(d.Milliseconds())
}

// listed is a list that is a list in JSON, too, if it is empty.
func listed[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

func writeJSON(w io.Writer, r Report) error {
	data, err := json.MarshalIndent(r.Document(), "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(escapeJSON(data), '\n'))
	return err
}
