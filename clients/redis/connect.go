package redis

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Retries of a read that failed on the way. They are quick: what is worth
// retrying is a pooled connection that died while it was idle, or a Cluster
// that is moving a slot, not a server that is gone.
const (
	minBackoff = time.Millisecond
	maxBackoff = 8 * time.Millisecond
)

// connector makes a real connection, before ctx ends.
type connector func(ctx context.Context, network, addr string) (net.Conn, error)

// open makes the go-redis client, and tells how it connects. It contacts nothing.
func open(s settings) (rdb goredis.UniversalClient, target string, connect connector) {
	dialer := newDialer(s)
	connect = dialer.connect
	target = strings.Join(s.Addrs, ",")
	addr := s.Addrs[0]

	u := &goredis.UniversalOptions{
		Addrs: s.Addrs, Username: s.Username, Password: s.Password, DB: s.DB,
		// RESP2 needs nothing of the server that a proxy or an old version lacks,
		// and nothing arrives that was not asked for.
		Protocol: 2, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},

		PoolSize: s.PoolSize, PipelinePoolSize: -1,
		DialTimeout: s.DialTimeout, DialerRetries: 1,
		ReadTimeout: s.Timeout, WriteTimeout: s.Timeout, PoolTimeout: s.Timeout,
		ContextTimeoutEnabled: true,
		MaxRetries:            1, MinRetryBackoff: minBackoff, MaxRetryBackoff: maxBackoff,
	}
	if s.TLS != nil {
		u.MaxRetries = s.PoolSize // each may have died unseen, see conn.SyscallConn
	}
	if s.MasterName != "" {
		connect = sentinels{
			addrs: s.Addrs, master: s.MasterName, username: s.SentinelUsername, password: s.SentinelPassword,
			dialTimeout: s.DialTimeout, dialer: dialer, secrets: s.secrets(),
		}.connect
		u.ConnMaxLifetime, u.OnConnect = masterLifetime, demandMaster
		target = fmt.Sprintf("master %s of Sentinels %s", failure.Line(s.MasterName), target)
		addr = s.MasterName
	}
	u.Dialer = func(_ context.Context, _, addr string) (net.Conn, error) {
		return newConn(s.network, addr, s.DialTimeout, connect), nil
	}

	if s.cluster {
		o := u.Cluster()
		// Routing policies ask the server for its list of commands, under a
		// context of their own, and need nothing that is used here.
		o.DisableRoutingPolicies = true
		return goredis.NewClusterClient(o), "Cluster " + target, connect
	}
	o := u.Simple()
	o.Network, o.Addr = s.network, addr
	return goredis.NewClient(o), target, connect
}

// demandMaster refuses a server that is no master: Sentinels may be behind.
func demandMaster(ctx context.Context, cn *goredis.Conn) error {
	role, err := cn.Do(ctx, "ROLE").Slice()
	known := err == nil && len(role) > 0 // an ACL may forbid ROLE: then the Sentinels' word must do
	if !known {
		return nil
	}
	if name, _ := role[0].(string); name != "master" {
		return fmt.Errorf("no connection: %w", &connectError{
			class:  failure.Unreachable,
			detail: "the Sentinels named a server as master that says it is a " + failure.Line(name),
		})
	}
	return nil
}

func (s settings) secrets() (all secrets) {
	for _, secret := range []string{s.Password, s.SentinelPassword} {
		if secret != "" {
			all = append(all, secret)
		}
	}
	return all
}
