package prometheus

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/prometheus/common/model"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// decodeValue decodes data.result of the given type. It is stricter than the
// model's own decoding, to which a sample without a value is a sample of zero.
func decodeValue(resultType string, raw json.RawMessage) (model.Value, error) {
	if absent(raw) {
		return nil, errors.New("field data.result is missing")
	}
	var (
		value model.Value
		err   error
	)
	switch resultType {
	case "vector":
		value, err = decodeVector(raw)
	case "matrix":
		value, err = decodeMatrix(raw)
	case "scalar":
		value, err = decodeScalar(raw)
	case "string":
		value, err = decodeString(raw)
	case "":
		return nil, errors.New("field data.resultType is missing")
	default:
		return nil, fmt.Errorf("field data.resultType: unknown type %s", failure.Quote(resultType))
	}
	if err != nil {
		return nil, fmt.Errorf("field data.result, a %s: %w", resultType, err)
	}
	return value, nil
}

func decodeVector(raw json.RawMessage) (model.Vector, error) {
	var wire []struct {
		Metric    model.Metric    `json:"metric"`
		Value     json.RawMessage `json:"value"`
		Histogram json.RawMessage `json:"histogram"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return nil, err
	}
	vector := make(model.Vector, 0, len(wire))
	for i, w := range wire {
		sample := &model.Sample{Metric: w.Metric}
		var err error
		switch {
		case w.Metric == nil:
			err = errors.New("no metric")
		case absent(w.Value) == absent(w.Histogram):
			err = errors.New("want either a value or a histogram")
		case absent(w.Value):
			sample.Timestamp, sample.Histogram, err = decodeHistogramPair(w.Histogram)
		default:
			sample.Timestamp, sample.Value, err = decodePair(w.Value)
		}
		if err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
		vector = append(vector, sample)
	}
	return vector, nil
}

func decodeMatrix(raw json.RawMessage) (model.Matrix, error) {
	var wire []struct {
		Metric     model.Metric      `json:"metric"`
		Values     []json.RawMessage `json:"values"`
		Histograms []json.RawMessage `json:"histograms"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return nil, err
	}
	matrix := make(model.Matrix, 0, len(wire))
	for i, w := range wire {
		if w.Metric == nil {
			return nil, fmt.Errorf("[%d]: no metric", i)
		}
		stream := &model.SampleStream{Metric: w.Metric}
		for j, point := range w.Values {
			t, v, err := decodePair(point)
			if err != nil {
				return nil, fmt.Errorf("[%d].values[%d]: %w", i, j, err)
			}
			stream.Values = append(stream.Values, model.SamplePair{Timestamp: t, Value: v})
		}
		for j, point := range w.Histograms {
			t, h, err := decodeHistogramPair(point)
			if err != nil {
				return nil, fmt.Errorf("[%d].histograms[%d]: %w", i, j, err)
			}
			stream.Histograms = append(stream.Histograms, model.SampleHistogramPair{Timestamp: t, Histogram: h})
		}
		matrix = append(matrix, stream)
	}
	return matrix, nil
}

func decodeScalar(raw json.RawMessage) (*model.Scalar, error) {
	t, v, err := decodePair(raw)
	return &model.Scalar{Timestamp: t, Value: v}, err
}

func decodeString(raw json.RawMessage) (*model.String, error) {
	t, text, err := timed(raw)
	if err != nil {
		return nil, err
	}
	s := &model.String{Timestamp: t}
	return s, json.Unmarshal(text, &s.Value)
}
