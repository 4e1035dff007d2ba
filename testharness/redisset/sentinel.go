package redisset

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Of three Sentinels two have to agree that the master is gone. They wait as long
// as a busy machine may keep a well one from answering.
const (
	sentinelCount   = 3
	quorum          = 2
	downAfterMS     = 1500
	failoverTimeout = 5000 // ms
)

func (s *Set) startSentinel(ctx context.Context) error {
	if err := s.startSingle(ctx); err != nil {
		return err
	}
	for i := range s.replicas {
		name := replicaName
		if i > 0 {
			name += "-" + strconv.Itoa(i+1)
		}
		if err := s.startCopy(ctx, name); err != nil {
			return err
		}
	}
	// A Sentinel that finds no replica asks again after ten seconds only.
	if err := s.awaitCopies(ctx); err != nil {
		return err
	}
	host, port, _ := net.SplitHostPort(s.nodes[0].address)
	for i := range sentinelCount {
		n, err := s.launch(ctx, sentinelPrefix+strconv.Itoa(i+1), []string{"--sentinel"}, func(n *Node) (directives, error) {
			d := basics(n.dir, n.address)
			d.add("sentinel", "monitor", MasterName, host, port, strconv.Itoa(quorum))
			d.add("sentinel", "down-after-milliseconds", MasterName, strconv.Itoa(downAfterMS))
			d.add("sentinel", "failover-timeout", MasterName, strconv.Itoa(failoverTimeout))
			d.add("sentinel", "auth-user", MasterName, AdminUser)
			d.add("sentinel", "auth-pass", MasterName, s.users[AdminUser].Password)
			return d, nil
		})
		if err != nil {
			return err
		}
		s.sentinels = append(s.sentinels, n)
	}
	return s.Settled(ctx)
}

// Rejoin makes a master that the Sentinels have replaced a replica of the new one;
// any other server it leaves alone.
func (n *Node) Rejoin(ctx context.Context) error {
	info, err := n.admin.Info(ctx, "replication").Result()
	if err != nil {
		return fmt.Errorf("ask %s for its role: %w", n.Name(), err)
	}
	return n.rejoin(ctx, info)
}

// rejoin makes a server that comes back as a master, though the Sentinels have
// made another one of its replicas, a replica of that: as whoever looks after
// the servers would. The Sentinels do so too, but take ten seconds.
func (n *Node) rejoin(ctx context.Context, info string) error {
	if n.infoOf(info, "role") != "master" || isSentinel(n) {
		return nil
	}
	master, epoch := n.plain, int64(-1)
	for _, sentinel := range n.set.sentinels {
		address, at, err := sentinel.opinion(ctx)
		if err != nil {
			continue // the others may know
		}
		// While the news travels they differ, and of two that know the same the
		// one that names another server is ahead.
		if at > epoch || at == epoch && address != n.plain {
			master, epoch = address, at
		}
	}
	if master == n.plain {
		return nil
	}
	host, port, _ := net.SplitHostPort(master)
	if err := n.admin.ReplicaOf(ctx, host, port).Err(); err != nil {
		return fmt.Errorf("join the new master: %w", err)
	}
	return nil
}

// opinion is which address a Sentinel takes for the master, and the number of the
// failover that it knows this from.
func (n *Node) opinion(ctx context.Context) (address string, epoch int64, err error) {
	found, err := n.admin.Do(ctx, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", MasterName).StringSlice()
	if err != nil {
		return "", 0, err
	}
	fields, err := n.masterFields(ctx)
	if err != nil {
		return "", 0, err
	}
	epoch, err = strconv.ParseInt(fields["config-epoch"], 10, 64)
	if err != nil || len(found) != 2 {
		return "", 0, fmt.Errorf("%s answers nonsense", n.Name())
	}
	return net.JoinHostPort(found[0], found[1]), epoch, nil
}

// masterFields is what a Sentinel knows about the master.
func (n *Node) masterFields(ctx context.Context) (map[string]string, error) {
	reply, err := n.admin.Do(ctx, "SENTINEL", "MASTER", MasterName).StringSlice()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.Name(), err)
	}
	fields := map[string]string{}
	for pair := range slices.Chunk(reply, 2) {
		fields[pair[0]] = pair[len(pair)-1]
	}
	return fields, nil
}

// isSentinel tells whether a server that is in no list yet is a Sentinel.
func isSentinel(n *Node) bool {
	return strings.HasPrefix(filepath.Base(n.dir), sentinelPrefix)
}
