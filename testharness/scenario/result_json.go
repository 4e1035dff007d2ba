package scenario

import (
	"encoding/json"
	"time"
)

// MarshalJSON adds took_ms and passed lists without entries as [].
func (r Result) MarshalJSON() ([]byte, error) {
	type plain Result
	r.Failures, r.Findings, r.Faults = list(r.Failures), list(r.Findings), list(r.Faults)
	return json.Marshal(struct {
		plain
		TookMS int64 `json:"took_ms"`
	}{plain(r), r.Took.Milliseconds()})
}

// MarshalJSON adds detect_ms and resolve_ms, null where there is no such time.
func (f FaultTimes) MarshalJSON() ([]byte, error) {
	type plain FaultTimes
	return json.Marshal(struct {
		plain
		DetectMS  *int64 `json:"detect_ms"`
		ResolveMS *int64 `json:"resolve_ms"`
	}{plain(f), milliseconds(f.Detect), milliseconds(f.Resolve)})
}

func milliseconds(d *time.Duration) *int64 {
	if d == nil {
		return nil
	}
	return new(d.Milliseconds())
}

func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
