package bugs

import (
	"context"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// lateness is how long after the deadline an answer comes that is late.
const lateness = 1500 * time.Millisecond

// lateAnswer: what failed is tried again, and whoever asked may wait. It looks
// with a context of its own, so that nobody's deadline ends it.
func lateAnswer() Bug {
	const name = "late_answer"
	return Bug{
		Name:     name,
		Summary:  "An observation goes on after its deadline, for a source might still answer.",
		CaughtBy: "returned_in_time",
		System:   rateLimiter,
		Scenario: story(rateLimiter, name, "Redis takes connections and answers nobody.", hurt("hang", "redis", patience+4*time.Second)...),
		Wrap: func(s protocol.Subject, def protocol.Definition, _ stack.Stack) protocol.Subject {
			return &wrapped{right: s, def: def, observe: func(ctx context.Context) (protocol.Observation, error) {
				deadline, bounded := ctx.Deadline()
				o, err := s.Observe(ctx)
				for bounded && err == nil && failed(o) && time.Since(deadline) <= lateness {
					o, err = tryAgain(ctx, s)
				}
				return o, err
			}}
		},
	}
}

// tryAgain looks once more, for as long as a right subject takes to give up.
func tryAgain(ctx context.Context, s protocol.Subject) (protocol.Observation, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	return s.Observe(ctx)
}
