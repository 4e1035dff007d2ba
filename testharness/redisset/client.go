package redisset

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// patience bounds one call of ours to a server, for the machine may be busy.
const patience = 5 * time.Second

// open makes a client of ours for one server.
func (s *Set) open(address string, sentinel bool) *redis.Client {
	return redis.NewClient(s.options(address, sentinel))
}

// options are those of every client of ours. Sentinels know no users.
func (s *Set) options(address string, sentinel bool) *redis.Options {
	o := &redis.Options{
		Addr: address, DialTimeout: patience, ReadTimeout: patience, WriteTimeout: patience, PoolTimeout: patience,
		DialerRetries: 1, ContextTimeoutEnabled: true, DisableIdentity: true, Protocol: 2, PoolSize: 4,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	if !sentinel {
		o.Username, o.Password = AdminUser, s.users[AdminUser].Password
	}
	return o
}

// dialMaster connects to whom the Sentinels take for the master. Those that go on
// to another one cut the connections to the old one.
func (s *Set) dialMaster(ctx context.Context, network string) (net.Conn, error) {
	var all []error
	for _, sentinel := range s.sentinels {
		address, _, err := sentinel.opinion(ctx)
		if err == nil {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
		all = append(all, err)
	}
	return nil, fmt.Errorf("no Sentinel names the master: %w", errors.Join(all...))
}

// openAdmin makes the client that finds the master by itself.
func (s *Set) openAdmin() redis.UniversalClient {
	user, password := AdminUser, s.users[AdminUser].Password
	switch s.shape {
	case Sentinel:
		o := s.options(MasterName, false)
		o.Dialer = func(ctx context.Context, network, _ string) (net.Conn, error) { return s.dialMaster(ctx, network) }
		return redis.NewClient(o)
	case Cluster:
		return redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: s.addresses(), Username: user, Password: password,
			DialTimeout: patience, ReadTimeout: patience, WriteTimeout: patience, PoolTimeout: patience,
			DialerRetries: 1, ContextTimeoutEnabled: true, DisableIdentity: true, Protocol: 2, DisableRoutingPolicies: true,
			MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		})
	default:
		return s.open(s.nodes[0].plain, false)
	}
}
