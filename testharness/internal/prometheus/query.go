package prometheus

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/ask"
)

// Sample is one value of an instant vector.
type Sample struct {
	Labels map[string]string
	Value  float64
}

// Query evaluates an expression that makes an instant vector now, by the
// Prometheus at base.
func Query(ctx context.Context, base, expr string) ([]Sample, error) {
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string `json:"metric"`
				Value  [2]any            `json:"value"`
			} `json:"result"`
		} `json:"data"`
	}
	target := base + "/api/v1/query?" + url.Values{"query": {expr}}.Encode()
	if err := ask.JSON(ctx, target, &answer); err != nil {
		return nil, err
	}
	samples := make([]Sample, len(answer.Data.Result))
	for i, r := range answer.Data.Result {
		text, _ := r.Value[1].(string)
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: the value of %q: %w", expr, r.Metric, err)
		}
		samples[i] = Sample{r.Metric, value}
	}
	return samples, nil
}

// ByLabel is [Query] of an expression whose samples differ in that label.
func ByLabel(ctx context.Context, base, label, expr string) (map[string]float64, error) {
	samples, err := Query(ctx, base, expr)
	if err != nil {
		return nil, err
	}
	values := make(map[string]float64, len(samples))
	for _, s := range samples {
		values[s.Labels[label]] = s.Value
	}
	return values, nil
}
