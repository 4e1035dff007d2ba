package ratelimiter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// The names of the parts that there is one of.
const (
	partRedis      = "redis"
	partPrometheus = "prometheus"
)

// start starts a stack and waits until it is healthy.
func start(ctx context.Context, o Options, so stack.Options) (_ *Stack, err error) {
	t, err := parseTopology(so.Topology)
	if err != nil {
		return nil, err
	}
	log := so.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Stack{topology: t}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.net, err = network.New(log); err != nil {
		return nil, err
	}
	s.redis, err = redisset.Start(ctx, redisset.Options{Shape: redisset.Shape(t.Redis), Log: log})
	if err != nil {
		return nil, err
	}
	if err := s.makeLinks(ctx); err != nil {
		return nil, err
	}
	s.cluster, err = cluster.Start(ctx, cluster.Options{
		Nodes: t.Nodes, NodeBinary: o.NodeBinary,
		Redis:        &cluster.Redis{Client: s.redis.Admin(), Flags: s.redisFlags},
		Wire:         s.wire,
		DefaultLimit: t.DefaultLimit, DefaultWindow: time.Duration(t.DefaultWindow),
		RegistrationTTL: time.Duration(t.RegistrationTTL), Heartbeat: time.Duration(t.heartbeat()),
		NodeLabels: &t.NodeLabels, KeyLabels: &t.KeyLabels,
		ScrapeInterval: time.Duration(t.ScrapeInterval), WithoutPrometheus: !t.Prometheus,
		Log: log,
	})
	if err != nil {
		return nil, err
	}
	if p := s.cluster.Prometheus(); p != nil {
		if err := s.link(network.Operator, partPrometheus).Retarget(p.Address()); err != nil {
			return nil, err
		}
	}
	return s, wait.For(ctx, "the rate limiter to be healthy", func() (bool, error) {
		err := s.Healthy(ctx)
		return err == nil, err
	})
}

// nodeName is the name of the node of a number from 1.
func nodeName(i int) string { return "node-" + strconv.Itoa(i) }

// makeLinks makes all links before there is anything behind them, so that they
// are in the same order each time, and none is made twice where a server has to
// try a second address.
func (s *Stack) makeLinks(ctx context.Context) error {
	for _, l := range s.topology.links() {
		add := s.net.TCP
		if l.HTTP {
			add = s.net.HTTP
		}
		upstream := ""
		if l.To == partRedis {
			upstream = s.redis.Address()
		}
		if _, err := add(ctx, l.From, l.To, upstream); err != nil {
			return err
		}
	}
	return nil
}

// link returns a link, nil where there is none.
func (s *Stack) link(from, to string) *network.Link {
	for _, l := range s.net.Links() {
		if l.From() == from && l.To() == to {
			return l
		}
	}
	return nil
}

// wire is the cluster's [cluster.Wire].
func (s *Stack) wire(_ context.Context, from, to, address string) (string, error) {
	link := s.link(from, to)
	if link == nil {
		return "", fmt.Errorf("there is no link from %s to %s", from, to)
	}
	return link.Address(), link.Retarget(address)
}

// redisFlags are the flags by which a node reaches Redis, by its own link where
// there can be one.
func (s *Stack) redisFlags(_ context.Context, node string) ([]string, error) {
	if link := s.link(node, partRedis); link != nil {
		return s.redis.NodeFlagsVia(link.Address()), nil
	}
	return s.redis.NodeFlags(), nil
}
