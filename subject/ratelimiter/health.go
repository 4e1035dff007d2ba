package ratelimiter

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// probe is what became of asking one node for its health.
type probe struct {
	address string
	// other is the ID of whoever answered, if that was another node: addresses
	// are used again.
	other string
	err   error
	// conclusive is false when the node was not given its full time.
	conclusive bool
}

// Bounds on probing: how many nodes one observation asks, and how many at the
// same time.
const (
	maxProbes      = 1000
	parallelProbes = 64
)

// probe asks nodes for their health, by ID. A node that does not answer is a
// result; the source itself cannot fail.
func (s *Subject) probe(round *kit.Round, nodes []ratelimiter.Node) *kit.Reading[map[string]probe] {
	if len(nodes) > maxProbes {
		nodes = nodes[:maxProbes]
	}
	if len(nodes) == 0 {
		return kit.Given[map[string]probe](nil)
	}
	timeout := s.cfg.Health.Timeout.Std()
	rounds := (len(nodes) + parallelProbes - 1) / parallelProbes
	// Each node has its own time; the whole gets a little more, so that it is
	// the nodes that time out.
	whole := time.Duration(rounds)*timeout + 100*time.Millisecond

	return kit.Read(round, sourceHealth, whole, func(ctx context.Context) (map[string]probe, error) {
		results := make(map[string]probe, len(nodes))
		slots := make(chan struct{}, parallelProbes)
		var mu sync.Mutex
		var wg sync.WaitGroup
		for _, node := range nodes {
			wg.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				p := s.probeOne(ctx, node, timeout)
				mu.Lock()
				defer mu.Unlock()
				results[node.ID] = p
			})
		}
		wg.Wait()
		return results, nil
	})
}

func (s *Subject) probeOne(ctx context.Context, node ratelimiter.Node, timeout time.Duration) probe {
	deadline, bounded := ctx.Deadline()
	p := probe{address: node.Address, conclusive: !bounded || time.Until(deadline) >= timeout}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	health, err := s.clients.management.Health(ctx, node.Address)
	p.err = err
	if err == nil && health.NodeID != "" && health.NodeID != node.ID {
		p.other = health.NodeID
	}
	// An answer, whichever, is conclusive however little time there was.
	if class := failure.ClassOf(err); class != failure.Timeout && class != failure.Canceled {
		p.conclusive = true
	}
	return p
}

// takeProbes takes over the results of the nodes that were asked, as far as they
// belong to nodes as they are registered now: one that came back under another
// address was asked at the wrong one. It reports whether any answered.
func (g *gathering) takeProbes(asked []ratelimiter.Node, results answer[map[string]probe]) (reached bool) {
	registered := make(map[string]string, len(g.nodes.value))
	for _, n := range g.nodes.value {
		registered[n.ID] = n.Address
	}
	for _, n := range asked {
		p, ok := results.value[n.ID]
		if !ok && results.miss != nil {
			p, ok = probe{address: n.Address, err: results.miss}, true
		}
		if !ok || p.address != n.Address {
			continue // not asked, being one too many, or known already
		}
		reached = reached || answeredHealth(p.err)
		if registered[n.ID] == n.Address {
			g.health[n.ID] = p
		}
	}
	return reached
}

// answeredHealth reports whether there was a node at the address.
func answeredHealth(err error) bool {
	if err == nil {
		return true
	}
	fe, ok := errors.AsType[*failure.Error](err)
	return ok && fe.Answered()
}

// unprobed returns the nodes that the hints do not cover.
func unprobed(nodes, hinted []ratelimiter.Node) []ratelimiter.Node {
	addresses := make(map[string]string, len(hinted))
	for _, n := range hinted {
		addresses[n.ID] = n.Address
	}
	var rest []ratelimiter.Node
	for _, n := range nodes {
		if address, ok := addresses[n.ID]; !ok || address != n.Address {
			rest = append(rest, n)
		}
	}
	return rest
}
