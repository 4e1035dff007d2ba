package bugs

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// missingMetricIsZero: a latency that Prometheus does not have is read as 0 ms,
// which is fast. Prometheus answers as well as ever, so no source fails.
func missingMetricIsZero() Bug {
	const name = "missing_metric_is_zero"
	return Bug{
		Name:     name,
		Summary:  "A metric that is not there counts as zero, and zero is fine.",
		CaughtBy: "faults_are_noticed",
		System:   rateLimiter,
		Scenario: story(rateLimiter, name, "Prometheus answers, and has no series.",
			hurt("prometheus_empty", "operator->prometheus", patience)...),
		Wrap: func(s protocol.Subject, def protocol.Definition, _ stack.Stack) protocol.Subject {
			return &wrapped{right: s, def: def, observe: func(ctx context.Context) (protocol.Observation, error) {
				o, err := s.Observe(ctx)
				answered := make(map[string]bool, len(o.Sources))
				for _, source := range o.Sources {
					answered[source.Name] = source.Class == protocol.SourceOK
				}
				o.Unchecked = keepUnchecked(o.Unchecked, func(u protocol.Unchecked) bool {
					return u.Invariant != "high_latency" || !answered[u.Source]
				})
				return o, err
			}}
		},
	}
}
