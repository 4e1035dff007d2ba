package netfault

import (
	"encoding/json"
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

const bandwidthSchema = `{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "kbps": {
      "description": "Kilobits per second that pass in each direction of each connection, in steps of whole kilobytes (8).",
      "type": "integer",
      "minimum": 8,
      "maximum": 8000000,
      "multipleOf": 8,
      "default": 64
    }
  }
}`

func bandwidthKind() stack.Kind {
	return stack.Kind{
		Name:    "bandwidth",
		Summary: "Throttles every connection in both directions, the existing ones too. Heal takes the limit away.",
		On:      stack.OnLink,
		With:    json.RawMessage(bandwidthSchema),
		New: func(s stack.Stack, on string, with json.RawMessage) (fault.Fault, error) {
			params := struct {
				Kbps int `json:"kbps"`
			}{64}
			if err := kit.Decode(with, &params); err != nil {
				return nil, fmt.Errorf("bandwidth: %w", err)
			}
			if params.Kbps < 8 || params.Kbps > 8_000_000 || params.Kbps%8 != 0 {
				return nil, fmt.Errorf("bandwidth: with.kbps: %d: want a multiple of 8 from 8 to 8000000", params.Kbps)
			}
			return newFault(s, "bandwidth", on, with, network.Toxic{Type: network.Bandwidth, Rate: params.Kbps / 8})
		},
	}
}
