package netfault

import (
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func refuseKind() stack.Kind {
	return plain("refuse",
		"Refuses new connections, as if nobody listened, and breaks existing ones (RST). Heal listens again.",
		network.Toxic{Type: network.Refuse})
}
