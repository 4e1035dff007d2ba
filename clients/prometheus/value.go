package prometheus

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/prometheus/common/model"
)

// Vector evaluates promql and returns its series, in the server's order; no
// series is an empty vector. A matrix, a scalar or a string is
// [failure.Malformed]. A sample may be a native histogram: look at its
// Histogram before its Value.
func (c *Client) Vector(ctx context.Context, promql string) (model.Vector, error) {
	result, err := c.Query(ctx, promql)
	if err != nil {
		return nil, err
	}
	vector, ok := result.Value.(model.Vector)
	if !ok {
		return nil, c.malformed(promql, "a "+result.Value.Type().String()+" where a vector is expected")
	}
	return vector, nil
}

// Value evaluates promql to one number: the only series of a vector, or a
// scalar. Present is false when there is no series or the number is NaN; an
// infinity is returned as it is. Several series, a matrix, a string or a native
// histogram are [failure.Malformed]: there is no telling which number is meant.
func (c *Client) Value(ctx context.Context, promql string) (value float64, present bool, err error) {
	result, err := c.Query(ctx, promql)
	if err != nil {
		return 0, false, err
	}
	v, err := single(result.Value)
	if err != nil {
		return 0, false, c.malformed(promql, err.Error())
	}
	value, present = number(v)
	return value, present, nil
}

// single finds the one number in an answer; without one it is NaN.
func single(answer model.Value) (model.SampleValue, error) {
	none := model.SampleValue(math.NaN())
	switch v := answer.(type) {
	case *model.Scalar:
		return v.Value, nil
	case model.Vector:
		switch len(v) {
		case 0:
			return none, nil
		case 1:
			return float(v[0])
		default:
			return none, fmt.Errorf("%d series where one is expected (aggregate them, by sum or max)", len(v))
		}
	default:
		return none, fmt.Errorf("a %s where one value is expected", answer.Type())
	}
}

// float returns the value of a sample that must not be a native histogram.
func float(s *model.Sample) (model.SampleValue, error) {
	if s.Histogram != nil {
		return 0, errors.New("a native histogram where a number is expected")
	}
	return s.Value, nil
}

// number tells a value from the NaN that stands for none.
func number(v model.SampleValue) (value float64, present bool) {
	if math.IsNaN(float64(v)) {
		return 0, false
	}
	return float64(v), true
}
