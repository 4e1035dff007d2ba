package protocol

import (
	"bytes"
	"encoding/json"
	"math"
	"time"
)

// Three promises of the JSON documents are kept here, because struct tags
// cannot: durations are milliseconds, in fields that say so by their name; a
// list without entries is [] and not null; and any value can be written.
//
// In each method `plain` has the type's fields and not its methods.

// MarshalJSON adds grace_ms.
func (i Invariant) MarshalJSON() ([]byte, error) {
	type plain Invariant
	return marshal(struct {
		plain
		GraceMS float64 `json:"grace_ms"`
	}{plain(i), toMS(i.Grace)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (i *Invariant) UnmarshalJSON(data []byte) error {
	type plain Invariant
	v := struct {
		*plain
		GraceMS *float64 `json:"grace_ms"`
	}{plain: (*plain)(i)}
	err := json.Unmarshal(data, &v)
	fromMS(&i.Grace, v.GraceMS)
	return err
}

// MarshalJSON adds latency_ms.
func (s Source) MarshalJSON() ([]byte, error) {
	type plain Source
	return marshal(struct {
		plain
		LatencyMS float64 `json:"latency_ms"`
	}{plain(s), toMS(s.Latency)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Source) UnmarshalJSON(data []byte) error {
	type plain Source
	v := struct {
		*plain
		LatencyMS *float64 `json:"latency_ms"`
	}{plain: (*plain)(s)}
	err := json.Unmarshal(data, &v)
	fromMS(&s.Latency, v.LatencyMS)
	return err
}

// MarshalJSON adds duration_ms and writes the time in UTC.
func (o Observation) MarshalJSON() ([]byte, error) {
	type plain Observation
	o.Time = o.Time.UTC()
	o.Sources, o.Violations, o.Unchecked = list(o.Sources), list(o.Violations), list(o.Unchecked)
	if len(o.State) == 0 {
		o.State = nil // which is written as null; nothing at all is no JSON
	}
	return marshal(struct {
		plain
		DurationMS float64 `json:"duration_ms"`
	}{plain(o), toMS(o.Duration)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (o *Observation) UnmarshalJSON(data []byte) error {
	type plain Observation
	v := struct {
		*plain
		DurationMS *float64 `json:"duration_ms"`
	}{plain: (*plain)(o)}
	err := json.Unmarshal(data, &v)
	fromMS(&o.Duration, v.DurationMS)
	return err
}

// MarshalJSON leaves out a value that JSON has no number for: one strange
// measurement must not make the whole document unwritable.
func (v Violation) MarshalJSON() ([]byte, error) {
	type plain Violation
	v.Value, v.Threshold = finite(v.Value), finite(v.Threshold)
	return marshal(plain(v))
}

// MarshalJSON writes every list.
func (d Definition) MarshalJSON() ([]byte, error) {
	type plain Definition
	d.Invariants, d.Actions = list(d.Invariants), list(d.Actions)
	return marshal(plain(d))
}

// MarshalJSON writes every list.
func (a ActionSpec) MarshalJSON() ([]byte, error) {
	type plain ActionSpec
	a.Repairs = list(a.Repairs)
	return marshal(plain(a))
}

// MarshalJSON writes every list.
func (o Outcome) MarshalJSON() ([]byte, error) {
	type plain Outcome
	o.Changes = list(o.Changes)
	return marshal(plain(o))
}

// marshal leaves it to whoever encodes the whole document whether to escape <, >
// and &, as json.Marshal does and an Encoder need not.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func finite(f *float64) *float64 {
	if f == nil || math.IsNaN(*f) || math.IsInf(*f, 0) {
		return nil
	}
	return f
}

// toMS keeps microseconds: more digits are noise in a document.
func toMS(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}

// fromMS sets d where the document has the field.
func fromMS(d *time.Duration, ms *float64) {
	if ms == nil {
		return
	}
	switch ns := math.Round(*ms * float64(time.Millisecond)); {
	case ns >= math.MaxInt64:
		*d = math.MaxInt64
	case ns <= math.MinInt64:
		*d = math.MinInt64
	default:
		*d = time.Duration(ns)
	}
}
