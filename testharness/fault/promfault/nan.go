package promfault

import "github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"

func nanKind() stack.Kind {
	return changed("prometheus_nan",
		"Makes every value of query results NaN.",
		func(answer map[string]any) {
			eachSample(answer, func(sample []any) { sample[1] = "NaN" })
		})
}
