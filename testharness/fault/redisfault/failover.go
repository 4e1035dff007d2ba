package redisfault

import (
	"context"
	"fmt"
	"net"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

type failoverParams struct {
	How string `json:"how"`
}

// failover takes the master from the Sentinels, or asks them for another one. The
// roles stay exchanged: to exchange them back would be the same fault again.
func failover() stack.Kind {
	return kind("redis_failover",
		"The master is killed and Sentinels replace it, or they are asked to replace it while it lives; healing waits for the new master and brings the old one back, as its replica.",
		stack.OnNothing, `{"type":"object","properties":{"how":{"enum":["kill","request"],"default":"kill","description":"the master is killed, or the Sentinels are asked"}},"additionalProperties":false}`,
		func(t Target, _ string, p failoverParams) (fault.Fault, error) {
			f := &failing{set: t.Redis(), request: p.How == "request"}
			name := "kill the master of redis"
			if f.request {
				name = "have another master of redis elected"
			}
			return made(hurt{
				name: name,
				// It is over in seconds, and replicas lag behind: a count or a
				// registration that was not copied yet is lost.
				impact: fault.Impact{May: append(nodesDown(t),
					fault.Mark{Invariant: redisDisconnected}, fault.Mark{Invariant: highLatency},
					fault.Mark{Invariant: counterDrift}, fault.Mark{Invariant: ghostAllowing})},
				available: onShapes(t.Redis(), "redis_failover"),
				inject:    f.inject,
				heal:      f.heal,
			}), nil
		})
}

// failing is one failover.
type failing struct {
	set     *redisset.Set
	request bool
	old     *redisset.Node
}

func (f *failing) inject(ctx context.Context) error {
	f.old = nil
	masters, err := f.set.Masters(ctx)
	if err != nil {
		return err
	}
	if len(masters) != 1 {
		return fmt.Errorf("there are %d masters", len(masters))
	}
	f.old = masters[0]
	if !f.request {
		return f.old.Kill()
	}
	// Sentinels refuse for a moment after they have started, or have just replaced
	// one: they know of no replica that is good enough.
	return wait.For(ctx, "a Sentinel to agree to a failover", func() (bool, error) {
		err := f.set.Sentinels()[0].Admin().Do(ctx, "SENTINEL", "FAILOVER", redisset.MasterName).Err()
		return err == nil, err
	})
}

func (f *failing) heal(ctx context.Context) error {
	if f.old == nil {
		return nil // there was no master to take
	}
	if err := wait.For(ctx, "the Sentinels to name a new master", func() (bool, error) { return f.replaced(ctx) }); err != nil {
		return err
	}
	if f.old.State() == process.Exited {
		if err := f.old.Restart(ctx); err != nil {
			return err
		}
	}
	// The Sentinels would do so too, ten seconds later.
	if err := f.old.Rejoin(ctx); err != nil {
		return err
	}
	return f.set.Settled(ctx)
}

// replaced tells whether all Sentinels name another server than the old master.
func (f *failing) replaced(ctx context.Context) (bool, error) {
	host, port, _ := net.SplitHostPort(f.old.Address())
	for _, n := range f.set.Sentinels() {
		named, err := n.Admin().Do(ctx, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", redisset.MasterName).StringSlice()
		if err != nil {
			return false, fmt.Errorf("%s: %w", n.Name(), err)
		}
		if slices.Equal(named, []string{host, port}) {
			return false, fmt.Errorf("%s names the old one", n.Name())
		}
	}
	return true, nil
}
