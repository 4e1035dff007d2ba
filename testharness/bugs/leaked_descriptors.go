package bugs

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// leakedDescriptors: each observation opens something and leaves it open. It is
// closed with the subject, so that nothing is left of the bug itself.
func leakedDescriptors() Bug {
	const (
		name  = "leaked_descriptors"
		bound = 2000
	)
	busy := story(rateLimiter, name, "Many observations, and nothing wrong.", scenario.Step{Wait: 12 * time.Second})
	busy.Interval = 50 * time.Millisecond
	return Bug{
		Name:     name,
		Summary:  "Each observation leaves two descriptors open.",
		CaughtBy: "nothing_grows",
		System:   rateLimiter,
		Scenario: busy,
		Wrap: func(s protocol.Subject, def protocol.Definition, _ stack.Stack) protocol.Subject {
			var mu sync.Mutex
			var open []*os.File
			return &wrapped{
				right: s, def: def,
				observe: func(ctx context.Context) (protocol.Observation, error) {
					mu.Lock()
					if len(open) < bound {
						if r, w, err := os.Pipe(); err == nil {
							open = append(open, r, w)
						}
					}
					mu.Unlock()
					return s.Observe(ctx)
				},
				close: func() error {
					mu.Lock()
					defer mu.Unlock()
					errs := make([]error, 0, len(open))
					for _, f := range open {
						errs = append(errs, f.Close())
					}
					open = nil
					return errors.Join(errs...)
				},
			}
		},
	}
}
