package netfault

import (
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func partitionKind() stack.Kind {
	return plain("partition",
		"Lets nothing through and loses nothing: existing connections and new ones fall silent. Heal lets them go on where they were.",
		network.Toxic{Type: network.Partition})
}
