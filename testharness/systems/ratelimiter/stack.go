package ratelimiter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// Stack is a rate limiter that runs, with the harness on its connections. It is
// safe for concurrent use.
type Stack struct {
	topology topology
	net      *network.Net
	redis    *redisset.Set
	cluster  *cluster.Cluster

	loading sync.Mutex // held while the load is changed

	mu     sync.Mutex // guards what follows
	load   *cluster.Load
	loaded *loadSpec
	// wellSince and wellSeen are the first and the last of the looks in a row that
	// found everything well but for latencies.
	wellSince, wellSeen time.Time

	history history

	ending sync.Once
	result error
}

// Parts implements [stack.Stack]: the nodes, the servers of the Redis, and
// Prometheus.
func (s *Stack) Parts() []stack.Part {
	var parts []stack.Part
	for _, n := range s.cluster.Nodes() {
		parts = append(parts, n)
	}
	for _, n := range s.redis.Parts() {
		parts = append(parts, n)
	}
	if p := s.cluster.Prometheus(); p != nil {
		parts = append(parts, p)
	}
	return parts
}

// Links implements [stack.Stack].
func (s *Stack) Links() []*network.Link { return s.net.Links() }

// Redis is the Redis that the nodes share.
func (s *Stack) Redis() *redisset.Set { return s.redis }

// Nodes are the limiter's nodes, by number.
func (s *Stack) Nodes() []*cluster.Node { return s.cluster.Nodes() }

// DefaultLimit is how many requests a key may make in DefaultWindow where it has
// no limit of its own.
func (s *Stack) DefaultLimit() int { return s.topology.DefaultLimit }

// DefaultWindow is the window of a key that has none of its own.
func (s *Stack) DefaultWindow() time.Duration { return time.Duration(s.topology.DefaultWindow) }

// RegistrationTTL is how long a node that cannot refresh its registration stays
// registered.
func (s *Stack) RegistrationTTL() time.Duration { return time.Duration(s.topology.RegistrationTTL) }

// NodeNames are the names of the nodes, which are also their ids.
func (s *Stack) NodeNames() []string { return s.topology.nodeNames() }

// RestartNode restarts a node with further flags, and returns when it serves.
// Without any it is again as it was made.
func (s *Stack) RestartNode(ctx context.Context, name string, flags ...string) error {
	i := slices.Index(s.NodeNames(), name)
	if i < 0 {
		return fmt.Errorf("restart %q: there is no such node, want one of %q", name, s.NodeNames())
	}
	return s.cluster.Node(i).RestartWith(ctx, flags...)
}

// Close implements [stack.Stack].
func (s *Stack) Close() error {
	s.ending.Do(func() {
		s.setLoad(nil, nil)
		var all []error
		if s.cluster != nil {
			all = append(all, s.cluster.Close())
		}
		if s.redis != nil {
			all = append(all, s.redis.Close())
		}
		if s.net != nil {
			all = append(all, s.net.Close())
		}
		s.result = errors.Join(all...)
	})
	return s.result
}
