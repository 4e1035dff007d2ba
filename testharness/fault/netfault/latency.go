package netfault

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

const latencySchema = `{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "latency": {
      "description": "How much later what the server says arrives, from 1ms to 10m.",
      ` + kit.DurationSchema + `,
      "default": "1s"
    },
    "jitter": {
      "description": "Each piece is later or sooner than that by up to this much; at most latency.",
      ` + kit.DurationSchema + `,
      "default": "0s"
    }
  }
}`

func latencyKind() stack.Kind {
	return stack.Kind{
		Name:    "latency",
		Summary: "Delays what the server says, on existing connections too. Heal lets what is under way arrive at once.",
		On:      stack.OnLink,
		With:    json.RawMessage(latencySchema),
		New: func(s stack.Stack, on string, with json.RawMessage) (fault.Fault, error) {
			params := struct {
				Latency kit.Duration `json:"latency"`
				Jitter  kit.Duration `json:"jitter"`
			}{Latency: kit.Duration{D: time.Second}}
			if err := kit.Decode(with, &params); err != nil {
				return nil, fmt.Errorf("latency: %w", err)
			}
			if err := params.Latency.Within("latency", time.Millisecond, 10*time.Minute); err != nil {
				return nil, fmt.Errorf("latency: %w", err)
			}
			if err := params.Jitter.Within("jitter", 0, params.Latency.D); err != nil {
				return nil, fmt.Errorf("latency: %w", err)
			}
			return newFault(s, "latency", on, with, network.Toxic{
				Type: network.Latency, Latency: params.Latency.D, Jitter: params.Jitter.D,
			})
		},
	}
}
