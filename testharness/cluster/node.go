package cluster

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/ask"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/parts"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/registry"
)

// Node is one node of the rate limiter. Its id is also its name.
type Node struct {
	*Server

	advertised string
	args       []string // those of its first start
}

// ID is the node's id in the registry and the metrics: "node-1" and so on.
func (n *Node) ID() string { return n.Name() }

// Advertised is the address that the node registers, host:port: that which it
// listens on, or what [Options.Wire] has put before it.
func (n *Node) Advertised() string { return n.advertised }

// RestartWith is [Server.Restart] with further flags, after those that the node
// was first started with. Without any it runs again as it did at first. Later
// restarts keep them.
func (n *Node) RestartWith(ctx context.Context, flags ...string) error {
	args := append(slices.Clone(n.args), flags...)
	return n.fault("restart", func(p *process.Process) error { return p.RestartWith(ctx, args) })
}

func (c *Cluster) startNodes(ctx context.Context) error {
	c.nodes = make([]*Node, c.options.Nodes)
	for _, err := range parts.AtOnce(c.nodes, func(i int, _ *Node) (err error) {
		c.nodes[i], err = c.startNode(ctx, "node-"+strconv.Itoa(i+1))
		return err
	}) {
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) startNode(ctx context.Context, id string) (*Node, error) {
	redis, err := c.nodeRedis(ctx, id)
	if err != nil {
		return nil, err
	}
	node := &Node{}
	var wiring error
	node.Server, err = startServer(ctx, func(address string) process.Spec {
		node.advertised, wiring = c.wire(ctx, Operator, id, address)
		if wiring != nil {
			return process.Spec{Name: id} // which cannot be started
		}
		node.args = c.options.nodeArgs(id, address, node.advertised, redis)
		return process.Spec{
			Name:  id,
			Path:  c.options.NodeBinary,
			Args:  node.args,
			Ready: func(ctx context.Context) error { return nodeReady(ctx, "http://"+address, id) },
		}
	})
	if wiring != nil {
		return nil, wiring
	}
	if err != nil {
		return nil, err
	}
	return node, nil
}

func nodeReady(ctx context.Context, url, id string) error {
	var health struct {
		NodeID string `json:"node_id"`
	}
	if err := ask.JSON(ctx, url+"/health", &health); err != nil {
		return err
	}
	if health.NodeID != id {
		return fmt.Errorf("another node answers on %s", url)
	}
	return nil
}

// registered tells whether every node is registered with the address that it
// advertises.
func (c *Cluster) registered(ctx context.Context) func() (bool, error) {
	return func() (bool, error) {
		entries, err := registry.List(ctx, c.client)
		if err != nil {
			return false, err
		}
		address := map[string]string{}
		for _, e := range entries {
			address[e.ID] = e.Address
		}
		for _, n := range c.nodes {
			if address[n.ID()] != n.Advertised() {
				return false, fmt.Errorf("%s is not registered", n.ID())
			}
		}
		return true, nil
	}
}
