package netfault

import (
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func resetKind() stack.Kind {
	return plain("reset",
		"Breaks every connection (RST), the existing ones at once and new ones when they are made. Heal lets new ones live.",
		network.Toxic{Type: network.Reset})
}
