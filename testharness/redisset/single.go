package redisset

import (
	"context"
	"fmt"
	"net"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/certs"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/servers"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// The names of the servers.
const (
	mainName    = "redis"
	replicaName = "redis-replica"
)

// startData starts a server that holds data; further adds lines of its own.
func (s *Set) startData(ctx context.Context, name string, further func(n *Node, d *directives) error) error {
	n, err := s.launch(ctx, name, s.args, func(n *Node) (directives, error) {
		d := s.server(n.dir, n.address)
		if further == nil {
			return d, nil
		}
		return d, further(n, &d)
	})
	if err != nil {
		return err
	}
	s.nodes = append(s.nodes, n)
	return nil
}

func (s *Set) startSingle(ctx context.Context) error { return s.startData(ctx, mainName, nil) }

func (s *Set) startReplica(ctx context.Context) error {
	if err := s.startSingle(ctx); err != nil {
		return err
	}
	if err := s.startCopy(ctx, replicaName); err != nil {
		return err
	}
	return s.awaitCopies(ctx)
}

// startCopy starts a replica of the first server.
func (s *Set) startCopy(ctx context.Context, name string) error {
	host, port, _ := net.SplitHostPort(s.nodes[0].address)
	return s.startData(ctx, name, func(_ *Node, d *directives) error {
		d.add("replicaof", host, port)
		return nil
	})
}

// awaitCopies waits until every server but the first has what the first has.
func (s *Set) awaitCopies(ctx context.Context) error {
	return wait.For(ctx, "the replicas to have copied their master", func() (bool, error) {
		for _, n := range s.nodes[1:] {
			if status, err := n.asks(ctx, "replication", "master_link_status"); err != nil || status != "up" {
				return false, err
			}
		}
		return true, nil
	})
}

// startTLS gives clients the TLS port, and keeps the other one to the harness:
// who swaps the certificate has to be able to swap it back.
func (s *Set) startTLS(ctx context.Context) error {
	var err error
	if s.authority, err = certs.New(s.dir); err != nil {
		return err
	}
	if s.good, err = s.authority.Issue(mainName, certs.Leaf{}); err != nil {
		return err
	}
	return s.startData(ctx, mainName, func(n *Node, d *directives) error {
		address, err := servers.Address(ctx)
		if err != nil {
			return fmt.Errorf("find a port for TLS: %w", err)
		}
		_, port, _ := net.SplitHostPort(address)
		n.address = address
		d.add("tls-port", port)
		d.add("tls-cert-file", s.good.CertFile)
		d.add("tls-key-file", s.good.KeyFile)
		d.add("tls-ca-cert-file", s.authority.CAFile())
		d.add("tls-auth-clients", "no")
		return nil
	})
}
