package redisset

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/parts"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/servers"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

const (
	clusterMasters = 3
	clusterSize    = 6
	slots          = 16384
	// nodeTimeout in ms: a node that has not answered the others for so long is
	// replaced. It is a fifth of Redis's own choice.
	nodeTimeout = 3000
)

func (s *Set) startCluster(ctx context.Context) error {
	if err := s.startMembers(ctx); err != nil {
		return err
	}
	if err := s.meet(ctx); err != nil {
		return err
	}
	for i, n := range s.nodes[clusterMasters:] {
		id, err := s.nodes[i].admin.Do(ctx, "CLUSTER", "MYID").Text()
		if err != nil {
			return fmt.Errorf("ask %s for its id: %w", s.nodes[i].Name(), err)
		}
		// Until it has heard of the master it refuses.
		if err := wait.For(ctx, n.Name()+" to become a replica", func() (bool, error) {
			err := n.admin.ClusterReplicate(ctx, id).Err()
			return err == nil, err
		}); err != nil {
			return err
		}
	}
	return s.Settled(ctx)
}

// startMembers starts the servers, all at once.
func (s *Set) startMembers(ctx context.Context) error {
	nodes := make([]*Node, clusterSize)
	errs := parts.AtOnce(nodes, func(i int, _ *Node) (err error) {
		name := mainName
		if i > 0 {
			name += "-" + strconv.Itoa(i+1)
		}
		nodes[i], err = s.launch(ctx, name, s.args, func(n *Node) (directives, error) { return s.member(ctx, n) })
		return err
	})
	var failed error
	for i, n := range nodes {
		if n != nil {
			s.nodes = append(s.nodes, n)
		}
		if failed == nil {
			failed = errs[i]
		}
	}
	return failed
}

// member are the lines of one server of a Cluster.
func (s *Set) member(ctx context.Context, n *Node) (directives, error) {
	// Redis would take 10,000 above its port for the bus, which may be anybody's.
	bus, err := servers.Address(ctx)
	if err != nil {
		return nil, fmt.Errorf("find a port for the bus: %w", err)
	}
	_, port, _ := net.SplitHostPort(bus)
	d := s.server(n.dir, n.address)
	d.add("cluster-enabled", "yes")
	d.add("cluster-port", port)
	d.add("cluster-node-timeout", strconv.Itoa(nodeTimeout))
	// The replicas stay with their masters, whatever happens to the others.
	d.add("cluster-allow-replica-migration", "no")
	return d, nil
}

// meet gives the masters their slots and lets all know each other.
func (s *Set) meet(ctx context.Context) error {
	first := s.nodes[0].admin
	for i, n := range s.nodes {
		// Epochs of their own, or the masters would quarrel about them first.
		if err := n.admin.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err(); err != nil {
			return fmt.Errorf("prepare %s: %w", n.Name(), err)
		}
		if i < clusterMasters {
			if err := n.admin.ClusterAddSlotsRange(ctx, i*slots/clusterMasters, (i+1)*slots/clusterMasters-1).Err(); err != nil {
				return fmt.Errorf("give %s its slots: %w", n.Name(), err)
			}
		}
		config, err := n.admin.ConfigGet(ctx, "cluster-port").Result()
		if err != nil {
			return fmt.Errorf("ask %s for its bus: %w", n.Name(), err)
		}
		host, port, _ := net.SplitHostPort(n.address)
		if err := first.Do(ctx, "CLUSTER", "MEET", host, port, config["cluster-port"]).Err(); err != nil {
			return fmt.Errorf("introduce %s: %w", n.Name(), err)
		}
	}
	return nil
}

// agreed tells whether every server sees the whole Cluster.
func (s *Set) agreed(ctx context.Context) error {
	for _, n := range s.nodes {
		info, err := n.admin.ClusterInfo(ctx).Result()
		if err != nil {
			return fmt.Errorf("%s: %w", n.Name(), err)
		}
		for _, want := range []string{
			"cluster_state:ok", "cluster_slots_ok:" + strconv.Itoa(slots),
			"cluster_known_nodes:" + strconv.Itoa(clusterSize), "cluster_size:" + strconv.Itoa(clusterMasters),
		} {
			if !strings.Contains(info, want+"\r\n") {
				return fmt.Errorf("%s does not say %s", n.Name(), want)
			}
		}
	}
	return nil
}
