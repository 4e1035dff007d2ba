package promfault

import "github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"

func warningsKind() stack.Kind {
	return changed("prometheus_warnings",
		"Adds warnings and infos to successful answers, and leaves the data as it is.",
		func(answer map[string]any) {
			answer["warnings"] = []any{"PromQL warning: one of the sources could not be asked: the result is partial"}
			answer["infos"] = []any{"PromQL info: the metric might not be a counter, its name does not end in _total"}
		})
}
