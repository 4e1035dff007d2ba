// Package redisurl opens a Redis named by a URL, with every call to it bounded.
//
//	redis://user:password@host:6379/0            one server
//	rediss://host:6380                           over TLS
//	unix:///run/redis.sock?db=0                  a local socket
//	redis://sentinel-1:26379?master_name=main&addr=sentinel-2:26379
//	                                             the master that Sentinel names
//
// A Redis Cluster is not among them: the limiter's scripts touch several keys of
// one user key at once, which lie in different slots there.
package redisurl

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Open returns a client for the Redis at rawURL. Dialling and each read and
// write take at most timeout; a context's deadline is respected where it is
// shorter. A command is sent once: a check that is sent again after a broken
// connection might be counted twice. Nothing is contacted here. The error never
// shows the URL, which may hold a password.
func Open(rawURL string, timeout time.Duration) (*redis.Client, error) {
	parsed, err := url.Parse(rawURL)
	if err != nil {
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err
		}
		return nil, fmt.Errorf("not a URL: %s", failure.Line(err.Error()))
	}
	if parsed.Query().Has("master_name") {
		return openSentinel(rawURL, timeout)
	}
	options, err := redis.ParseURL(rawURL)
	if err != nil {
		return nil, fmt.Errorf("want redis://HOST:PORT/DB: %s", failure.Line(err.Error()))
	}
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = timeout, timeout, timeout, timeout
	options.ContextTimeoutEnabled = true
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(options), nil
}

func openSentinel(rawURL string, timeout time.Duration) (*redis.Client, error) {
	options, err := redis.ParseFailoverURL(rawURL)
	if err != nil {
		return nil, fmt.Errorf("want redis://SENTINEL:PORT?master_name=NAME: %s", failure.Line(err.Error()))
	}
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = timeout, timeout, timeout, timeout
	options.ContextTimeoutEnabled = true
	options.DisableIdentity = true
	return redis.NewFailoverClient(options), nil
}
