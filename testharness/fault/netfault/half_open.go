package netfault

import (
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func halfOpenKind() stack.Kind {
	return plain("half_open",
		"Takes the server's side of the existing connections away and does not tell the client; new connections work. Heal breaks (RST) what was left dangling.",
		network.Toxic{Type: network.HalfOpen})
}
