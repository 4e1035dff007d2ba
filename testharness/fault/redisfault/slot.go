package redisfault

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// slotMoved moves the slot of a key's counter to another master, with all keys in
// it, step by step as redis-cli does (https://redis.io/docs/latest/commands/cluster-setslot/).
func slotMoved() stack.Kind {
	return kind("redis_slot_moved",
		"The slot of a Redis Cluster that holds a key's counter is moved to another master, with its data; healing moves it back.",
		stack.OnNothing, `{"type":"object","properties":{"key":{"type":"string","minLength":1,"default":"user:1","description":"the rate limited key"}},"additionalProperties":false}`,
		func(t Target, _ string, p keyParams) (fault.Fault, error) {
			key := orElse(p.Key, "user:1")
			m := &move{set: t.Redis(), name: counterPrefix + key}
			return made(hurt{
				name: "move the slot of " + failure.Quote(key),
				// While keys move, one that is looked for may be on neither side of
				// a list: that of the API, or Redis's.
				impact: fault.Impact{May: append(nodesDown(t),
					fault.Mark{Invariant: counterDrift}, fault.Mark{Invariant: highLatency})},
				available: onShapes(t.Redis(), "redis_slot_moved"),
				inject:    m.inject,
				heal:      m.heal,
			}), nil
		})
}

// move is one slot on its way.
type move struct {
	set  *redisset.Set
	name string

	slot     int64
	from, to *redisset.Node // nil before it began
	done     bool           // it has arrived
}

func (m *move) inject(ctx context.Context) error {
	m.from, m.to, m.done = nil, nil, false
	masters, err := m.set.Masters(ctx)
	if err != nil {
		return err
	}
	m.slot, err = m.set.Nodes()[0].Admin().ClusterKeySlot(ctx, m.name).Result()
	if err != nil {
		return fmt.Errorf("ask for the slot: %w", err)
	}
	from, err := owner(ctx, masters, m.slot)
	if err != nil {
		return err
	}
	for _, n := range masters {
		if n != from {
			m.from, m.to = from, n
			break
		}
	}
	if m.to == nil {
		return errors.New("there is no other master")
	}
	if err := m.carry(ctx, masters, m.from, m.to); err != nil {
		return err
	}
	m.done = true
	return nil
}

// heal moves it back, the whole way or what has been moved of it.
func (m *move) heal(ctx context.Context) error {
	if m.from == nil {
		return nil
	}
	masters, err := m.set.Masters(ctx)
	if err != nil {
		return err
	}
	if !m.done {
		if err := m.carry(ctx, masters, m.from, m.to); err != nil {
			return fmt.Errorf("end what was begun: %w", err)
		}
		m.done = true
	}
	return m.carry(ctx, masters, m.to, m.from)
}

// owner finds the master that serves a slot.
func owner(ctx context.Context, masters []*redisset.Node, slot int64) (*redisset.Node, error) {
	for _, n := range masters {
		id, err := n.Admin().Do(ctx, "CLUSTER", "MYID").Text()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.Name(), err)
		}
		shards, err := n.Admin().ClusterShards(ctx).Result()
		if err != nil {
			return nil, fmt.Errorf("ask %s who serves the slot: %w", n.Name(), err)
		}
		for _, shard := range shards {
			serves := slices.ContainsFunc(shard.Slots, func(r redis.SlotRange) bool { return r.Start <= slot && slot <= r.End })
			if serves && slices.ContainsFunc(shard.Nodes, func(member redis.Node) bool { return member.ID == id }) {
				return n, nil
			}
		}
	}
	return nil, fmt.Errorf("no master serves slot %d", slot)
}

// carry moves the slot from one master to another.
func (m *move) carry(ctx context.Context, masters []*redisset.Node, from, to *redisset.Node) error {
	fromID, err := from.Admin().Do(ctx, "CLUSTER", "MYID").Text()
	if err != nil {
		return fmt.Errorf("%s: %w", from.Name(), err)
	}
	toID, err := to.Admin().Do(ctx, "CLUSTER", "MYID").Text()
	if err != nil {
		return fmt.Errorf("%s: %w", to.Name(), err)
	}
	// From here on keys that the old master does not have are asked of the new.
	if err := m.setSlot(ctx, to, "IMPORTING", fromID); err != nil {
		return err
	}
	if err := m.setSlot(ctx, from, "MIGRATING", toID); err != nil {
		return err
	}
	if err := m.migrate(ctx, from, to); err != nil {
		return err
	}
	// The new master first: until it knows, nobody would serve the slot.
	told := append([]*redisset.Node{to, from}, masters...)
	return each(told, func(n *redisset.Node) error { return m.setSlot(ctx, n, "NODE", toID) })
}

func (m *move) setSlot(ctx context.Context, n *redisset.Node, state, id string) error {
	if err := n.Admin().Do(ctx, "CLUSTER", "SETSLOT", m.slot, state, id).Err(); err != nil {
		return fmt.Errorf("%s: slot %d %s: %w", n.Name(), m.slot, strings.ToLower(state), err)
	}
	return nil
}

// migrate hands all keys of the slot over.
func (m *move) migrate(ctx context.Context, from, to *redisset.Node) error {
	const (
		some    = 100
		timeout = 5000 // ms
	)
	us := m.set.User(redisset.AdminUser)
	host, port, _ := net.SplitHostPort(to.Address())
	for {
		keys, err := from.Admin().ClusterGetKeysInSlot(ctx, int(m.slot), some).Result()
		if err != nil || len(keys) == 0 {
			return err
		}
		args := []any{"MIGRATE", host, port, "", 0, timeout, "REPLACE", "AUTH2", us.Name, us.Password, "KEYS"}
		for _, key := range keys {
			args = append(args, key)
		}
		// It says NOKEY where all have expired since.
		if err := from.Admin().Do(ctx, args...).Err(); err != nil && !errors.Is(err, redis.Nil) {
			return fmt.Errorf("move keys from %s to %s: %w", from.Name(), to.Name(), err)
		}
	}
}
