package prometheus

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/prometheus/common/model"
)

// decodePair decodes [seconds, "value"].
func decodePair(raw json.RawMessage) (model.Time, model.SampleValue, error) {
	t, text, err := timed(raw)
	if err != nil {
		return 0, 0, err
	}
	var v model.SampleValue
	return t, v, json.Unmarshal(text, &v)
}

// decodeHistogramPair decodes [seconds, {"count", "sum", "buckets"}].
func decodeHistogramPair(raw json.RawMessage) (model.Time, *model.SampleHistogram, error) {
	t, body, err := timed(raw)
	if err != nil {
		return 0, nil, err
	}
	var wire struct {
		Count   *model.FloatString `json:"count"`
		Sum     *model.FloatString `json:"sum"`
		Buckets []json.RawMessage  `json:"buckets"`
	}
	if err := json.Unmarshal(body, &wire); err != nil {
		return 0, nil, err
	}
	if wire.Count == nil || wire.Sum == nil {
		return 0, nil, errors.New("a histogram without count or sum")
	}
	h := &model.SampleHistogram{Count: *wire.Count, Sum: *wire.Sum}
	for i, raw := range wire.Buckets {
		bucket, err := decodeBucket(raw)
		if err != nil {
			return 0, nil, fmt.Errorf("buckets[%d]: %w", i, err)
		}
		h.Buckets = append(h.Buckets, bucket)
	}
	return t, h, nil
}

// decodeBucket decodes [boundaries, "lower", "upper", "count"].
func decodeBucket(raw json.RawMessage) (*model.HistogramBucket, error) {
	parts, err := tuple(raw, 4)
	if err != nil {
		return nil, err
	}
	var b model.HistogramBucket
	for i, field := range []any{&b.Boundaries, &b.Lower, &b.Upper, &b.Count} {
		if err := json.Unmarshal(parts[i], field); err != nil {
			return nil, err
		}
	}
	return &b, nil
}

// timed decodes [seconds, something].
func timed(raw json.RawMessage) (model.Time, json.RawMessage, error) {
	parts, err := tuple(raw, 2)
	if err != nil {
		return 0, nil, err
	}
	var t model.Time
	if err := json.Unmarshal(parts[0], &t); err != nil {
		return 0, nil, fmt.Errorf("timestamp: %w", err)
	}
	return t, parts[1], nil
}

// tuple decodes an array of exactly n values, none of them null.
func tuple(raw json.RawMessage, n int) ([]json.RawMessage, error) {
	var parts []json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		return nil, err
	}
	if len(parts) != n {
		return nil, fmt.Errorf("want %d elements, got %d", n, len(parts))
	}
	for i, p := range parts {
		if absent(p) {
			return nil, fmt.Errorf("element %d is null", i)
		}
	}
	return parts, nil
}

// absent reports whether a field was left out or null.
func absent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }
