package ratelimiter

import (
	"crypto/tls"
	"fmt"

	promconfig "github.com/prometheus/common/config"

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
	tlsConfig, err := cfg.TLS.config()
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
	})
}

func newPrometheus(cfg Prometheus) (*prometheus.Client, error) {
	http := promconfig.HTTPClientConfig{FollowRedirects: false, EnableHTTP2: true}
	if cfg.TLS != nil {
		http.TLSConfig = cfg.TLS.prometheus()
	}
	if a := cfg.BasicAuth; a != nil {
		http.BasicAuth = &promconfig.BasicAuth{
			Username: a.Username, Password: promconfig.Secret(a.Password), PasswordFile: a.PasswordFile,
		}
	}
	if b := cfg.Bearer; b != nil {
		http.Authorization = &promconfig.Authorization{
			Type: "Bearer", Credentials: promconfig.Secret(b.Token), CredentialsFile: b.TokenFile,
		}
	}
	return prometheus.New(prometheus.Options{
		URL:              cfg.URL,
		HTTPClientConfig: http,
		Labels:           cfg.labels(),
		Match:            cfg.Match,
		RateWindow:       cfg.RateWindow.Std(),
	})
}

func (m Prometheus) labels() prometheus.LabelNames {
	l := m.Labels
	return prometheus.LabelNames{Node: l.Node, Key: l.Key, Instance: l.Instance, Result: l.Result}
}

// prometheus returns the settings in Prometheus's own form.
func (t *TLS) prometheus() promconfig.TLSConfig {
	return promconfig.TLSConfig{
		CAFile: t.CAFile, CertFile: t.CertFile, KeyFile: t.KeyFile,
		ServerName: t.ServerName, InsecureSkipVerify: t.InsecureSkipVerify,
	}
}

// config returns the settings as crypto/tls wants them; nil means no TLS.
func (t *TLS) config() (*tls.Config, error) {
	if t == nil {
		return nil, nil //nolint:nilnil // no section, no TLS
	}
	settings := t.prometheus()
	c, err := promconfig.NewTLSConfig(&settings)
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	return c, nil
}
