package ratelimiter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
)

// healthBound is how long one look may take.
const healthBound = 5 * time.Second

// Healthy implements [stack.Stack]. It asks the servers themselves, past the
// operator's links: whether every process runs, the servers of the Redis agree
// with each other, every node is registered and reaches Redis, no counter is
// wrong, and Prometheus has fresh metrics of every node in which nothing slow is
// left. Who goes on asking waits for the latter no longer than what a fault has
// made slow can be left: a machine that is too busy never gets there.
func (s *Stack) Healthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, healthBound)
	defer cancel()
	for _, p := range s.Parts() {
		if state := p.State(); state != process.Running {
			s.wellFor(false)
			return fmt.Errorf("%s: %s", p.Name(), state)
		}
	}
	checks := []func(context.Context) error{s.redisWell, s.registryWell, s.nodesWell, s.countersWell}
	if s.topology.Prometheus {
		checks = append(checks, s.scrapesWell, s.measuredWell, s.allowedWell)
	}
	for _, check := range checks {
		if err := check(ctx); err != nil {
			s.wellFor(false)
			return err
		}
	}
	// What was slow because of a fault has left the range of the rate by then. What
	// is slow still is the machine, and Witness tells.
	if well := s.wellFor(true); s.topology.Prometheus && well < 2*s.topology.rateWindow() {
		return s.latencyWell(ctx)
	}
	return nil
}

// wellFor notes what a look has found, and returns for how long all looks have
// found everything well, in one go.
func (s *Stack) wellFor(well bool) time.Duration {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !well || now.Sub(s.wellSeen) > 2*healthBound {
		s.wellSince = now
	}
	s.wellSeen = now
	return now.Sub(s.wellSince)
}

// redisWell: its servers are what they should be to each other, and it takes a
// write, under a name that is not the limiter's.
func (s *Stack) redisWell(ctx context.Context) error {
	if err := s.redis.Whole(ctx); err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	if err := s.redis.Admin().Set(ctx, "harness:probe", "1", time.Second).Err(); err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	return nil
}

// nodesWell: each node answers, and what it answers needs Redis.
func (s *Stack) nodesWell(ctx context.Context) error {
	for _, n := range s.cluster.Nodes() {
		for _, path := range []string{"/health", "/api/limits", "/api/nodes"} {
			if _, err := get(ctx, n.URL()+path); err != nil {
				return fmt.Errorf("%s: %w", n.ID(), err)
			}
		}
	}
	return nil
}

// countersWell: every counter is what the limiter would have made of it.
func (s *Stack) countersWell(ctx context.Context) error {
	shot, err := s.take(ctx)
	if err != nil {
		return fmt.Errorf("counters: %w", err)
	}
	if len(shot.foreign) > 0 {
		return fmt.Errorf("counters: %s is none of the limiter's", failure.Quote(shot.foreign[0]))
	}
	for key, c := range shot.counters {
		switch {
		case c.inForce > c.rule.limit:
			return fmt.Errorf("counters: %s is over its limit: %d of %d", failure.Quote(key), c.inForce, c.rule.limit)
		case !c.expires:
			return fmt.Errorf("counters: %s has no expiry", failure.Quote(key))
		}
	}
	return nil
}

// registryWell: the registry has these nodes, with these addresses, and each has
// refreshed its registration lately: so it can write, as who it is.
func (s *Stack) registryWell(ctx context.Context) error {
	const prefix = "ratelimiter:nodes:"
	masters, err := s.redis.Masters(ctx)
	if err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	registered := map[string]string{}
	lives := map[string]time.Duration{}
	for _, m := range masters {
		names, err := scan(ctx, m.Admin(), prefix+"*")
		if err != nil {
			return fmt.Errorf("registry: %w", err)
		}
		for _, name := range names {
			id := strings.TrimPrefix(name, prefix)
			address, addressErr := m.Admin().HGet(ctx, name, "address").Result()
			life, lifeErr := m.Admin().PTTL(ctx, name).Result()
			if err := errors.Join(addressErr, lifeErr); err != nil {
				return fmt.Errorf("registry: %s: %w", failure.Quote(id), err)
			}
			registered[id], lives[id] = address, life
		}
	}
	for _, n := range s.cluster.Nodes() {
		switch address := registered[n.ID()]; {
		case address == "":
			return fmt.Errorf("registry: %s is not registered", n.ID())
		case address != n.Advertised():
			return fmt.Errorf("registry: %s is registered as %s", n.ID(), failure.Quote(address))
		case lives[n.ID()] < time.Duration(s.topology.RegistrationTTL)-2*time.Duration(s.topology.heartbeat()):
			return fmt.Errorf("registry: %s has missed a heartbeat", n.ID())
		}
		delete(registered, n.ID())
	}
	for id := range registered {
		return fmt.Errorf("registry: %s is no node of ours", failure.Quote(id))
	}
	return nil
}
