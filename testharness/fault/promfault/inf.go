package promfault

import "github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"

func infKind() stack.Kind {
	return changed("prometheus_inf",
		"Makes every value of query results +Inf.",
		func(answer map[string]any) {
			eachSample(answer, func(sample []any) { sample[1] = "+Inf" })
		})
}
