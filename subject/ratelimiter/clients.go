package ratelimiter

import (
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// clients are the three systems; redis and prometheus are nil where the
// configuration leaves them out.
type clients struct {
	management *ratelimiter.Client
	redis      *redis.Client
	prometheus *prometheus.Client
}

// newClients makes the clients and contacts nothing. What a client finds wrong
// with its options is a wrong field of the configuration.
func newClients(cfg Config) (clients, error) {
	var c clients
	var problems kit.Problems

	cfg.check(&problems)
	if err := problems.Err(notValid); err != nil {
		return c, err
	}
	var err error
	c.management, err = ratelimiter.New(ratelimiter.Options{BaseURLs: cfg.Management.URLs})
	problems.AddErr("management", err)
	if cfg.Redis != nil {
		c.redis, err = newRedis(*cfg.Redis)
		problems.AddErr("redis", err)
	}
	if cfg.Prometheus != nil {
		c.prometheus, err = newPrometheus(*cfg.Prometheus)
		problems.AddErr("prometheus", err)
	}
	if err := problems.Err(notValid); err != nil {
		c.close()
		return clients{}, err
	}
	return c, nil
}

const notValid = "the configuration is not valid"

func (c clients) close() {
	if c.management != nil {
		c.management.Close()
	}
	if c.redis != nil {
		_ = c.redis.Close() // it bounds itself; there is nobody to tell
	}
	if c.prometheus != nil {
		c.prometheus.Close()
	}
}

func newRedis(cfg Redis) (*redis.Client, error) {
	tlsConfig, err := cfg.TLS.Config()
	if err != nil {
		return nil, err
	}
	return redis.New(redis.Options{
		URL:              string(cfg.URL),
		Addrs:            cfg.Addresses,
		Cluster:          cfg.Cluster,
		MasterName:       cfg.MasterName,
		Username:         cfg.Username,
		Password:         string(cfg.Password),
		SentinelUsername: cfg.SentinelUsername,
		SentinelPassword: string(cfg.SentinelPassword),
		DB:               cfg.DB,
		TLS:              tlsConfig,
		Prefix:           cfg.Prefix,
		DialTimeout:      cfg.Timeout.Std(),
		Timeout:          cfg.Timeout.Std(),
	})
}

func newPrometheus(cfg Prometheus) (*prometheus.Client, error) {
	options, l := cfg.Options(), cfg.Labels
	options.Labels = prometheus.LabelNames{Node: l.Node, Key: l.Key, Instance: l.Instance, Result: l.Result}
	return prometheus.New(options)
}
