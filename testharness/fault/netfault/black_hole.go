package netfault

import (
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func blackHoleKind() stack.Kind {
	return plain("black_hole",
		"Accepts everything and swallows it in both directions, on existing connections and new ones. Heal breaks (RST) the connections that lost bytes.",
		network.Toxic{Type: network.BlackHole})
}
