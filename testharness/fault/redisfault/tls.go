package redisfault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/certs"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// tlsExpired gives the server a certificate that was good until an hour ago.
func tlsExpired() stack.Kind {
	return badCertificate("redis_tls_expired",
		"Redis shows a TLS certificate that has expired; healing gives it the good one.",
		func(set *redisset.Set, _ string) (certs.Pair, error) {
			now := time.Now()
			return set.Authority().Issue("expired", certs.Leaf{NotBefore: now.Add(-2 * time.Hour), NotAfter: now.Add(-time.Hour)})
		})
}

// tlsWrongName gives the server a certificate that is for another host.
func tlsWrongName() stack.Kind {
	return badCertificate("redis_tls_wrong_name",
		"Redis shows a TLS certificate for another host; healing gives it the good one.",
		func(set *redisset.Set, _ string) (certs.Pair, error) {
			return set.Authority().Issue("wrong-name", certs.Leaf{Hosts: []string{"redis.example.com", "192.0.2.1"}})
		})
}

// tlsWrongCA gives the server a certificate that an authority has signed whom
// nobody trusts.
func tlsWrongCA() stack.Kind {
	return badCertificate("redis_tls_wrong_ca",
		"Redis shows a TLS certificate of an authority that nobody trusts; healing gives it the good one.",
		func(_ *redisset.Set, dir string) (certs.Pair, error) {
			authority, err := certs.New(dir)
			if err != nil {
				return certs.Pair{}, err
			}
			return authority.Issue("wrong-ca", certs.Leaf{})
		})
}

// badCertificate is a kind that swaps the server's certificate for one that is
// made by issue, which gets a directory of its own. Connections are cut: those
// that were made before would not notice.
func badCertificate(name, summary string, issue func(set *redisset.Set, dir string) (certs.Pair, error)) stack.Kind {
	return kind(name, summary, stack.OnNothing, "", func(t Target, _ string, _ none) (fault.Fault, error) {
		set := t.Redis()
		server := set.Nodes()[0]
		before := configs{}
		cut := func(ctx context.Context) error {
			return errors.Join(killClients(ctx, server, redisset.SubjectUser), killClients(ctx, server, redisset.NodeUser))
		}
		return made(hurt{
			name:      name,
			impact:    notThere(t),
			available: onShapes(set, name),
			inject: func(ctx context.Context) error {
				dir, err := os.MkdirTemp(set.Dir(), name+"-")
				if err != nil {
					return fmt.Errorf("make a directory for the certificate: %w", err)
				}
				pair, err := issue(set, dir)
				if err != nil {
					return err
				}
				if err := before.set(ctx, server, map[string]string{"tls-cert-file": pair.CertFile, "tls-key-file": pair.KeyFile}); err != nil {
					return err
				}
				return cut(ctx)
			},
			heal: func(ctx context.Context) error { return errors.Join(before.restore(ctx), cut(ctx)) },
		}), nil
	})
}
