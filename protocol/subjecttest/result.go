package subjecttest

import (
	"encoding/json"
	"time"
)

// Status is how a check went.
type Status string

// The statuses.
const (
	// Passed: the promise was kept.
	Passed Status = "passed"
	// Failed: it was not, or could not be tried.
	Failed Status = "failed"
	// Inapplicable: the subject does not promise it.
	Inapplicable Status = "not_applicable"
)

// A Result is how one check went.
type Result struct {
	// Check is the check's name and Reason its reason.
	Check  string `json:"check"`
	Reason string `json:"reason"`
	// Status is how it went.
	Status Status `json:"status"`
	// Message says, of a check that did not pass, what was done, what was seen
	// and what was promised, or why it is not applicable. It is printable, and
	// may have several lines.
	Message string `json:"message,omitempty"`
	// Duration is how long it took.
	Duration time.Duration `json:"-"`
}

// MarshalJSON adds duration_ms.
func (r Result) MarshalJSON() ([]byte, error) {
	type plain Result
	return json.Marshal(struct {
		plain
		DurationMS float64 `json:"duration_ms"`
	}{plain(r), float64(r.Duration.Round(time.Microsecond)) / float64(time.Millisecond)})
}

// A Report is how a run of the suite went.
type Report struct {
	// Subject and Version are what the Definition says they are, empty where
	// none could be had.
	Subject string `json:"subject"`
	Version string `json:"version"`
	// Passed, Failed and NotApplicable count the results.
	Passed        int `json:"passed"`
	Failed        int `json:"failed"`
	NotApplicable int `json:"not_applicable"`
	// Results are in the order in which the checks ran.
	Results []Result `json:"results"`
}

// OK reports whether there is a result and none has failed.
func (r Report) OK() bool { return len(r.Results) > 0 && r.Failed == 0 }

func (r *Report) add(result Result) {
	r.Results = append(r.Results, result)
	switch result.Status {
	case Passed:
		r.Passed++
	case Inapplicable:
		r.NotApplicable++
	default:
		r.Failed++
	}
}
