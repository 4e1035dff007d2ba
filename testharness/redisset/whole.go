package redisset

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// Settled waits until the servers know each other and agree: replicas have what
// their masters have, Sentinels see one another and a master that is well, and a
// Cluster is whole. Without a deadline in ctx it waits for [wait.Bound].
func (s *Set) Settled(ctx context.Context) error {
	return wait.For(ctx, "redis to be whole", func() (bool, error) {
		err := s.Whole(ctx)
		return err == nil, err
	})
}

// Whole tells what keeps the set from being whole, as of [Set.Settled]. It looks
// once.
func (s *Set) Whole(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.roles(ctx); err != nil {
		return err
	}
	switch s.shape {
	case Sentinel:
		return s.watched(ctx)
	case Cluster:
		return s.agreed(ctx)
	default:
		return nil
	}
}

// roles tells whether there are as many masters as there should be, and whether
// every other server is in step with one.
func (s *Set) roles(ctx context.Context) error {
	masters := 0
	for _, n := range s.nodes {
		info, err := n.admin.Info(ctx, "replication", "persistence").Result()
		if err != nil {
			return fmt.Errorf("%s: %w", n.Name(), err)
		}
		switch {
		case n.infoOf(info, "loading") == "1":
			return fmt.Errorf("%s is loading its data", n.Name())
		case n.infoOf(info, "role") == "master":
			masters++
		case n.infoOf(info, "master_link_status") != "up":
			return fmt.Errorf("%s is not in step with its master", n.Name())
		}
	}
	want := 1
	if s.shape == Cluster {
		want = clusterMasters
	}
	if masters != want {
		return fmt.Errorf("%d masters, want %d", masters, want)
	}
	return nil
}

// watched tells whether the Sentinels see each other, and a master that is well.
func (s *Set) watched(ctx context.Context) error {
	named := ""
	for _, n := range s.sentinels {
		fields, err := n.masterFields(ctx)
		if err != nil {
			return err
		}
		master := net.JoinHostPort(fields["ip"], fields["port"])
		switch {
		case fields["flags"] != "master":
			return fmt.Errorf("%s says of the master: %s", n.Name(), fields["flags"])
		case fields["num-other-sentinels"] != strconv.Itoa(sentinelCount-1):
			return fmt.Errorf("%s sees %s other Sentinels", n.Name(), fields["num-other-sentinels"])
		case fields["num-slaves"] != strconv.Itoa(s.replicas):
			return fmt.Errorf("%s sees %s replicas", n.Name(), fields["num-slaves"])
		case named != "" && named != master:
			return fmt.Errorf("%s says that %s is the master, others say %s", n.Name(), master, named)
		}
		named = master
	}
	return nil
}
