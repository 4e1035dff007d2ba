package promfault

// result is the list of series in an answer, of a vector or a matrix; nil in
// every other answer.
func result(answer map[string]any) (data map[string]any, series []any) {
	data, _ = answer["data"].(map[string]any)
	if data["resultType"] == "vector" || data["resultType"] == "matrix" {
		series, _ = data["result"].([]any)
	}
	return data, series
}

// eachSample calls change with every sample of an answer: a list of the time and
// the value, which is a text.
func eachSample(answer map[string]any, change func(sample []any)) {
	data, series := result(answer)
	if data["resultType"] == "scalar" {
		changeSample(data["result"], change)
	}
	for _, s := range series {
		samplesOf(s, change)
	}
}

func samplesOf(series any, change func(sample []any)) {
	one, _ := series.(map[string]any)
	changeSample(one["value"], change)
	many, _ := one["values"].([]any)
	for _, sample := range many {
		changeSample(sample, change)
	}
}

func changeSample(sample any, change func(sample []any)) {
	if s, ok := sample.([]any); ok && len(s) == 2 {
		change(s)
	}
}
