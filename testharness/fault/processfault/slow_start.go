package processfault

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

const slowStartSchema = `{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "for": {
      "description": "How long the new process does nothing, at most 10m. Heal ends it sooner.",
      ` + kit.DurationSchema + `,
      "default": "10s"
    }
  }
}`

func slowStartKind() stack.Kind {
	return stack.Kind{
		Name:    "slow_start",
		Summary: "Ends the process (SIGKILL) and starts it again, stopped from its first instruction for a time. Heal lets it begin and waits until it serves.",
		On:      stack.OnPart,
		With:    json.RawMessage(slowStartSchema),
		New: func(s stack.Stack, on string, with json.RawMessage) (fault.Fault, error) {
			params := struct {
				For kit.Duration `json:"for"`
			}{kit.Duration{D: 10 * time.Second}}
			if err := kit.Decode(with, &params); err != nil {
				return nil, fmt.Errorf("slow_start: %w", err)
			}
			if err := params.For.Within("for", time.Millisecond, 10*time.Minute); err != nil {
				return nil, fmt.Errorf("slow_start: %w", err)
			}
			return newFault(s, "slow_start", on, with, stoppable, func(p stack.Part) (fault.Hurt, error) {
				starter, ok := p.(stack.Starter)
				if !ok {
					return fault.Hurt{}, fmt.Errorf("on: %s cannot be kept from getting ready", p.Name())
				}
				slow := &slowStart{part: starter, lasts: params.For.D}
				return fault.Hurt{Inject: slow.inject, Heal: slow.heal}, nil
			})
		},
	}
}

// slowStart keeps one part from beginning.
type slowStart struct {
	part  stack.Starter
	lasts time.Duration

	stop    chan struct{}
	waiting sync.WaitGroup
}

func (s *slowStart) inject(ctx context.Context) error {
	s.stop = make(chan struct{})
	if err := s.part.StartHung(ctx); err != nil {
		return err
	}
	pid := s.part.PID()
	s.waiting.Go(func() {
		over := time.NewTimer(s.lasts)
		defer over.Stop()
		select {
		case <-s.stop:
		case <-over.C:
			if s.part.PID() == pid && s.part.State() == process.Hung {
				_ = s.part.Resume() // it was ended meanwhile: Heal will see
			}
		}
	})
	return nil
}

func (s *slowStart) heal(ctx context.Context) error {
	select {
	case <-s.stop: // an earlier Heal, which failed later on
	default:
		close(s.stop)
	}
	s.waiting.Wait()
	return awaitReady(ctx, s.part)
}
