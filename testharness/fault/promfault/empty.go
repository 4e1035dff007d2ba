package promfault

import "github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"

func emptyKind() stack.Kind {
	return changed("prometheus_empty",
		"Takes all series out of query results: a success that knows nothing.",
		func(answer map[string]any) {
			if data, series := result(answer); series != nil {
				data["result"] = []any{}
			}
		})
}
