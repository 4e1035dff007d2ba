// Package redisurl opens a Redis named by a URL, with every call to it bounded.
//
//	redis://user:password@host:6379/0            one server
//	rediss://host:6380                           over TLS
//	unix:///run/redis.sock?db=0                  a local socket
//	redis://sentinel-1:26379?master_name=main&addr=sentinel-2:26379
//	                                             the master that Sentinel names
//	redis://user:password@node-1:6379?cluster=true&addr=node-2:6379
//	                                             a Cluster, by some of its nodes
//
// With a Sentinel what stands before the host is for the Sentinels; the master's
// are the parameters username and password.
package redisurl

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Options say how to use a Redis.
type Options struct {
	// Timeout bounds dialling, and each read and write; a context's deadline is
	// respected where it is shorter.
	Timeout time.Duration
	// CAFile is the PEM file of the authorities to trust in place of the
	// system's; "" is the system's. It is for rediss:// only.
	CAFile string
}

// ErrCluster is returned by [Open] for the URL of a Cluster.
var ErrCluster = errors.New("it names a Cluster, want one server")

// Open returns a client for the one Redis at rawURL, which may be one that
// Sentinels name. A command is sent once: a check that is sent again after a
// broken connection might be counted twice. Nothing is contacted here. The error
// never shows the URL, which may hold a password.
func Open(rawURL string, timeout time.Duration) (*redis.Client, error) {
	client, err := New(rawURL, Options{Timeout: timeout})
	if err != nil {
		return nil, err
	}
	one, ok := client.(*redis.Client)
	if !ok {
		return nil, errors.Join(ErrCluster, client.Close())
	}
	return one, nil
}

// New is [Open] for any Redis: a [*redis.ClusterClient] for a Cluster, else a
// [*redis.Client]. Of a Cluster a command may be sent more than once: where the
// answer is that the key is elsewhere, and where the connection broke.
func New(rawURL string, o Options) (redis.UniversalClient, error) {
	parsed, err := url.Parse(rawURL)
	if err != nil {
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err
		}
		return nil, fmt.Errorf("not a URL: %s", failure.Line(err.Error()))
	}
	query := parsed.Query()
	switch {
	case query.Has("master_name"):
		return openSentinel(rawURL, o)
	case query.Has("cluster"):
		if query.Get("cluster") != "true" {
			return nil, fmt.Errorf("cluster: want true, not %s", failure.Quote(query.Get("cluster")))
		}
		query.Del("cluster")
		parsed.RawQuery = query.Encode()
		return openCluster(parsed.String(), o)
	default:
		return openOne(rawURL, o)
	}
}

func openOne(rawURL string, o Options) (redis.UniversalClient, error) {
	options, err := redis.ParseURL(rawURL)
	if err != nil {
		return nil, fmt.Errorf("want redis://HOST:PORT/DB: %s", failure.Line(err.Error()))
	}
	if err := o.trust(options.TLSConfig); err != nil {
		return nil, err
	}
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = o.Timeout, o.Timeout, o.Timeout, o.Timeout
	options.ContextTimeoutEnabled = true
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(options), nil
}

func openSentinel(rawURL string, o Options) (redis.UniversalClient, error) {
	options, err := redis.ParseFailoverURL(rawURL)
	if err != nil {
		return nil, fmt.Errorf("want redis://SENTINEL:PORT?master_name=NAME: %s", failure.Line(err.Error()))
	}
	if err := o.trust(options.TLSConfig); err != nil {
		return nil, err
	}
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = o.Timeout, o.Timeout, o.Timeout, o.Timeout
	options.ContextTimeoutEnabled = true
	options.DisableIdentity = true
	return redis.NewFailoverClient(options), nil
}

func openCluster(rawURL string, o Options) (redis.UniversalClient, error) {
	options, err := redis.ParseClusterURL(rawURL)
	if err != nil {
		return nil, fmt.Errorf("want redis://HOST:PORT?cluster=true&addr=HOST:PORT: %s", failure.Line(err.Error()))
	}
	if err := o.trust(options.TLSConfig); err != nil {
		return nil, err
	}
	options.MaxRetries = -1 // of one server; between servers it is MaxRedirects
	options.DialerRetries = 1
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = o.Timeout, o.Timeout, o.Timeout, o.Timeout
	options.ContextTimeoutEnabled = true
	options.DisableIdentity = true
	// They would ask the server for its list of commands, and are not needed for
	// commands of one key.
	options.DisableRoutingPolicies = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClusterClient(options), nil
}

// trust makes the TLS configuration trust the authorities of the file.
func (o Options) trust(config *tls.Config) error {
	switch {
	case o.CAFile == "":
		return nil
	case config == nil:
		return errors.New("an authority to trust is given, and the URL is not rediss://")
	}
	pem, err := os.ReadFile(o.CAFile)
	if err != nil {
		return fmt.Errorf("read the authorities to trust: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s holds no certificate", failure.Quote(o.CAFile))
	}
	config.RootCAs = pool
	return nil
}
