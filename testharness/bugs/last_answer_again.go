package bugs

import (
	"context"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// lastAnswerAgain: rather than tell of a failure it tells what it told last, when
// all was well.
func lastAnswerAgain() Bug {
	const name = "last_answer_again"
	return Bug{
		Name:     name,
		Summary:  "Where an observation fails in part, the last complete one is returned once more.",
		CaughtBy: "every_look_is_new",
		System:   rateLimiter,
		Scenario: story(rateLimiter, name, "Redis is gone, and was there a moment ago.", hurt("kill", "redis", patience)...),
		Wrap: func(s protocol.Subject, def protocol.Definition, _ stack.Stack) protocol.Subject {
			var mu sync.Mutex
			var last *protocol.Observation
			return &wrapped{right: s, def: def, observe: func(ctx context.Context) (protocol.Observation, error) {
				o, err := s.Observe(ctx)
				mu.Lock()
				defer mu.Unlock()
				if err == nil && !failed(o) {
					last = &o
				}
				if last != nil {
					return *last, nil
				}
				return o, err
			}}
		},
	}
}
