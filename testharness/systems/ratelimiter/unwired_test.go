package ratelimiter

import (
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
)

// unwired is a stack of links to nowhere and a Redis: enough to ask what a fault
// would do.
func unwired(t *testing.T, topology topology) *Stack {
	t.Helper()
	set, err := redisset.Start(t.Context(), redisset.Options{Shape: redisset.Shape(topology.Redis)})
	if err != nil {
		t.Fatal(err)
	}
	net, err := network.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &Stack{topology: topology, redis: set, net: net}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if err := s.makeLinks(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}
