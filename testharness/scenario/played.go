package scenario

import (
	"encoding/json"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// played is a stack with the parts that are the runner's.
type played struct {
	stack.Stack
	own []stack.Part
}

// Parts are the stack's, then the runner's own.
func (p *played) Parts() []stack.Part { return slices.Concat(p.Stack.Parts(), p.own) }

// Impact is the stack's, but for what is done to the runner's own parts.
//
// A plugin that is killed is in service again at once: calls wait for the next
// process, or fail, and then everything is unknown for that observation. One that
// hangs answers nothing until it is resumed. What happens to the host is nothing
// that the subject could see.
func (p *played) Impact(kind, on string, with json.RawMessage) fault.Impact {
	switch on {
	case PluginPart:
		if kind == "hang" {
			return fault.Impact{Blinds: []fault.Mark{{Invariant: "*"}}}
		}
		return fault.Impact{}
	case HostPart:
		return fault.Impact{}
	default:
		return p.Stack.Impact(kind, on, with)
	}
}
