package promfault

import (
	"maps"
	"slices"
	"strconv"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func duplicateSeriesKind() stack.Kind {
	return changed("prometheus_duplicate_series",
		"Repeats every series of query results with the same labels and another value, as two servers behind one name would.",
		func(answer map[string]any) {
			data, series := result(answer)
			if series == nil {
				return
			}
			twice := make([]any, 0, 2*len(series))
			for _, s := range series {
				twice = append(twice, s, another(s))
			}
			data["result"] = twice
		})
}

// another is a copy of a series with other values.
func another(series any) any {
	original, ok := series.(map[string]any)
	if !ok {
		return series
	}
	copied := maps.Clone(original)
	if value, ok := copied["value"].([]any); ok {
		copied["value"] = slices.Clone(value)
	}
	if values, ok := copied["values"].([]any); ok {
		values = slices.Clone(values)
		for i, v := range values {
			if sample, ok := v.([]any); ok {
				values[i] = slices.Clone(sample)
			}
		}
		copied["values"] = values
	}
	samplesOf(copied, func(sample []any) {
		text, _ := sample[1].(string)
		if value, err := strconv.ParseFloat(text, 64); err == nil {
			sample[1] = strconv.FormatFloat(2*value+1, 'g', -1, 64)
		}
	})
	return copied
}
