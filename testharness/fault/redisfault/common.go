package redisfault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
)

// lookBound is how long it may take to see whether a fault is to be had.
const lookBound = 5 * time.Second

// Names in Redis, as of the limiter.
const (
	counterPrefix = "ratelimit:"
	limitPrefix   = "ratelimit:limit:"
	nodePrefix    = "ratelimiter:nodes:"
)

// The invariants of the limiter's subject that these faults break.
const (
	nodeDown              = "node_down"
	nodeUnreachable       = "node_unreachable"
	managementUnavailable = "management_unavailable"
	redisDisconnected     = "redis_disconnected"
	highLatency           = "high_latency"
	overLimit             = "over_limit"
	ghostAllowing         = "ghost_allowing"
	counterDrift          = "counter_drift"
	staleCounter          = "stale_counter"
)

// nodesDown marks each node as gone.
func nodesDown(t Target) []fault.Mark {
	names := t.NodeNames()
	marks := make([]fault.Mark, len(names))
	for i, name := range names {
		marks[i] = fault.Mark{Invariant: nodeDown, Entity: name}
	}
	return marks
}

// cannotWrite is the impact of a Redis that answers and takes no writes.
func cannotWrite(t Target) fault.Impact {
	return fault.Impact{
		Breaks: nodesDown(t),
		// What is refused is slower than what is done, or faster.
		May:   []fault.Mark{{Invariant: highLatency}},
		Delay: t.RegistrationTTL(),
	}
}

// notThere is the impact of a Redis that answers nobody. Registrations may expire
// meanwhile, and it takes the nodes a moment to be back.
func notThere(t Target) fault.Impact {
	return fault.Impact{
		Breaks: []fault.Mark{{Invariant: redisDisconnected}},
		May:    append(nodesDown(t), fault.Mark{Invariant: highLatency}),
	}
}

// each does something to servers, one after the other, and to the rest even where
// it fails with one.
func each(nodes []*redisset.Node, do func(*redisset.Node) error) error {
	var all []error
	for _, n := range nodes {
		if err := do(n); err != nil {
			all = append(all, fmt.Errorf("%s: %w", n.Name(), err))
		}
	}
	return errors.Join(all...)
}

// configs remember settings of servers.
type configs map[*redisset.Node]map[string]string

// set changes settings of a server, all at once, and remembers what they were.
func (c configs) set(ctx context.Context, n *redisset.Node, settings map[string]string) error {
	before := map[string]string{}
	for name := range settings {
		found, err := n.Admin().ConfigGet(ctx, name).Result()
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		before[name] = found[name]
	}
	if _, known := c[n]; !known {
		c[n] = before
	}
	return configSet(ctx, n, settings)
}

// restore gives every server its settings back.
func (c configs) restore(ctx context.Context) error {
	var all []error
	for n, before := range c {
		if err := configSet(ctx, n, before); err != nil {
			all = append(all, fmt.Errorf("%s: %w", n.Name(), err))
			continue
		}
		delete(c, n)
	}
	return errors.Join(all...)
}

func configSet(ctx context.Context, n *redisset.Node, settings map[string]string) error {
	args := append(make([]any, 0, 2+2*len(settings)), "CONFIG", "SET")
	for name, value := range settings {
		args = append(args, name, value)
	}
	if err := n.Admin().Do(ctx, args...).Err(); err != nil {
		return fmt.Errorf("change its settings: %w", err)
	}
	return nil
}

// killClients cuts the connections of a user, so that it has to log in anew.
func killClients(ctx context.Context, n *redisset.Node, user string) error {
	if err := n.Admin().Do(ctx, "CLIENT", "KILL", "USER", user).Err(); err != nil {
		return fmt.Errorf("cut the connections of %s: %w", user, err)
	}
	return nil
}

// restoreUser makes a user on a server what it was when that was started, and
// cuts its connections.
func restoreUser(ctx context.Context, n *redisset.Node, user redisset.User) error {
	if err := n.Admin().ACLSetUser(ctx, user.Name, user.Rules()...).Err(); err != nil {
		return fmt.Errorf("restore the user %s: %w", user.Name, err)
	}
	return killClients(ctx, n, user.Name)
}

// A value is what a name held: its serialized value, and when it expires.
type value struct {
	name    string
	dump    string // "" for nothing
	expires time.Duration
}

// save remembers what a name holds.
func save(ctx context.Context, client redis.UniversalClient, name string) (value, error) {
	dump, err := client.Dump(ctx, name).Result()
	if errors.Is(err, redis.Nil) {
		return value{name: name}, nil
	}
	if err != nil {
		return value{}, fmt.Errorf("save what is there: %w", err)
	}
	at, err := client.PExpireTime(ctx, name).Result()
	if err != nil {
		return value{}, fmt.Errorf("save when it expires: %w", err)
	}
	return value{name: name, dump: dump, expires: max(0, at)}, nil
}

// restore puts the value back in place of what is there now. One that would have
// expired since is gone.
func (v value) restore(ctx context.Context, client redis.UniversalClient) error {
	if v.dump == "" {
		if err := client.Del(ctx, v.name).Err(); err != nil {
			return fmt.Errorf("remove what was put there: %w", err)
		}
		return nil
	}
	err := client.Do(ctx, "RESTORE", v.name, v.expires.Milliseconds(), v.dump, "REPLACE", "ABSTTL").Err()
	if err != nil {
		return fmt.Errorf("put back what was there: %w", err)
	}
	return nil
}
