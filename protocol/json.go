package protocol

import (
	"encoding/json"
	"math"
	"time"
)

// Durations are milliseconds in JSON, in fields that say so by their name, and
// time.Duration in Go. Each type with a duration marshals itself with the field
// beside its own; `plain` has its fields but not its methods.

func toMS(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}

func fromMS(ms float64) time.Duration {
	ns := ms * float64(time.Millisecond)
	switch {
	case math.IsNaN(ns):
		return 0
	case ns >= math.MaxInt64:
		return math.MaxInt64
	case ns <= math.MinInt64:
		return math.MinInt64
	default:
		return time.Duration(math.Round(ns))
	}
}

// MarshalJSON adds grace_ms.
func (i Invariant) MarshalJSON() ([]byte, error) {
	type plain Invariant
	return json.Marshal(struct {
		plain
		GraceMS float64 `json:"grace_ms"`
	}{plain(i), toMS(i.Grace)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (i *Invariant) UnmarshalJSON(data []byte) error {
	type plain Invariant
	v := struct {
		*plain
		GraceMS float64 `json:"grace_ms"`
	}{plain: (*plain)(i)}
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	i.Grace = fromMS(v.GraceMS)
	return nil
}

// MarshalJSON adds latency_ms.
func (s Source) MarshalJSON() ([]byte, error) {
	type plain Source
	return json.Marshal(struct {
		plain
		LatencyMS float64 `json:"latency_ms"`
	}{plain(s), toMS(s.Latency)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Source) UnmarshalJSON(data []byte) error {
	type plain Source
	v := struct {
		*plain
		LatencyMS float64 `json:"latency_ms"`
	}{plain: (*plain)(s)}
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	s.Latency = fromMS(v.LatencyMS)
	return nil
}

// MarshalJSON adds duration_ms, and writes lists that are nil as empty ones: an
// observation always says what its lists hold.
func (o Observation) MarshalJSON() ([]byte, error) {
	type plain Observation
	if o.Sources == nil {
		o.Sources = []Source{}
	}
	if o.Violations == nil {
		o.Violations = []Violation{}
	}
	if o.Unchecked == nil {
		o.Unchecked = []Unchecked{}
	}
	return json.Marshal(struct {
		plain
		DurationMS float64 `json:"duration_ms"`
	}{plain(o), toMS(o.Duration)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (o *Observation) UnmarshalJSON(data []byte) error {
	type plain Observation
	v := struct {
		*plain
		DurationMS float64 `json:"duration_ms"`
	}{plain: (*plain)(o)}
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	o.Duration = fromMS(v.DurationMS)
	return nil
}
