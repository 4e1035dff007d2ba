package ratelimiter

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// check notes what is wrong with a configuration that its schema lets pass. What
// one field may hold is the clients' to say: each is asked about one field at a
// time, so that what is wrong with it is said of that field.
func (c Config) check(p *kit.Problems) {
	for i, url := range c.Management.URLs {
		p.AddErr(fmt.Sprintf("management.urls[%d]", i), detail(ratelimiter.ValidateBaseURL(url)))
	}
	mustLast(p, "management.timeout", c.Management.Timeout)
	mustLast(p, "health.timeout", c.Health.Timeout)
	for i, id := range c.Nodes.Expected {
		if slices.Contains(c.Nodes.Expected[:i], id) {
			p.Add(fmt.Sprintf("nodes.expected[%d]", i), "is there twice")
		}
	}
	if c.Redis != nil {
		c.Redis.check(p)
	}
	if c.Prometheus != nil {
		c.Prometheus.check(p)
	}
}

func mustLast(p *kit.Problems, path string, d kit.Duration) {
	if d <= 0 {
		p.Add(path, "must be more than 0s")
	}
}

func (r Redis) check(p *kit.Problems) {
	mustLast(p, "redis.timeout", r.Timeout)
	mustLast(p, "redis.budget.time", r.Budget.Time)
	switch {
	case r.URL == "" && len(r.Addresses) == 0:
		p.Add("redis.url", "url or addresses is needed")
	case r.URL != "" && len(r.Addresses) > 0:
		p.Add("redis.addresses", "give url or addresses, not both")
	}
	if r.URL != "" {
		p.AddErr("redis.url", r.refusal(redis.Options{URL: string(r.URL)}))
	}
	for i, address := range r.Addresses {
		p.AddErr(fmt.Sprintf("redis.addresses[%d]", i), r.refusal(redis.Options{Addrs: []string{address}}))
	}

	socket := strings.HasPrefix(string(r.URL), "unix:")
	cluster := r.Cluster || len(r.Addresses) > 1 && r.MasterName == ""
	for _, rule := range []struct {
		broken        bool
		path, message string
	}{
		{r.Cluster && r.MasterName != "", "redis.master_name", "a Cluster has no Sentinels: give cluster or master_name"},
		{socket && r.Cluster, "redis.cluster", "a unix socket leads to a single server"},
		{socket && r.MasterName != "", "redis.master_name", "a unix socket leads to a single server"},
		{cluster && r.DB != 0, "redis.db", "a Cluster has no other database than 0"},
		{r.Username != "" && r.Password == "", "redis.password", "is needed with a username"},
		{r.SentinelUsername != "" && r.MasterName == "", "redis.sentinel_username", "needs master_name"},
		{r.SentinelPassword != "" && r.MasterName == "", "redis.sentinel_password", "needs master_name"},
	} {
		if rule.broken {
			p.Add(rule.path, rule.message)
		}
	}
	_, err := r.TLS.config()
	p.AddErr("redis.tls", err)
}

// refusal is what the client has against the one option that is set.
func (Redis) refusal(o redis.Options) error {
	client, err := redis.New(o)
	if err != nil {
		return detail(err)
	}
	return client.Close()
}

func (m Prometheus) check(p *kit.Problems) {
	mustLast(p, "prometheus.timeout", m.Timeout)
	mustLast(p, "prometheus.rate_window", m.RateWindow)
	p.AddErr("prometheus.url", m.refusal(prometheus.Options{URL: m.URL}))
	if m.RateWindow > 0 {
		p.AddErr("prometheus.rate_window", m.refusal(prometheus.Options{URL: anyURL, RateWindow: m.RateWindow.Std()}))
	}
	m.checkLabels(p)
	for _, name := range slices.Sorted(maps.Keys(m.Match)) {
		p.AddErr("prometheus.match", m.refusal(prometheus.Options{URL: anyURL, Match: map[string]string{name: m.Match[name]}}))
	}
	if a := m.BasicAuth; a != nil && a.Password != "" && a.PasswordFile != "" {
		p.Add("prometheus.basic_auth.password_file", "give password or password_file, not both")
	}
	switch b := m.Bearer; {
	case b == nil:
	case m.BasicAuth != nil:
		p.Add("prometheus.bearer", "give basic_auth or bearer, not both")
	case (b.Token == "") == (b.TokenFile == ""):
		p.Add("prometheus.bearer", "give token or token_file")
	}
	_, err := m.TLS.config()
	p.AddErr("prometheus.tls", err)
}

// checkLabels also asks whether two labels are the same, where both are labels.
func (m Prometheus) checkLabels(p *kit.Problems) {
	refusal := func(names prometheus.LabelNames) error {
		return m.refusal(prometheus.Options{URL: anyURL, Labels: names})
	}
	p.AddErr("prometheus.labels.node", refusal(prometheus.LabelNames{Node: m.Labels.Node}))
	p.AddErr("prometheus.labels.instance", refusal(prometheus.LabelNames{Instance: m.Labels.Instance}))
	key := prometheus.LabelNames{Key: m.Labels.Key, Result: "result_of_no_key"}
	wrongKey := refusal(key)
	p.AddErr("prometheus.labels.key", wrongKey)
	if wrongKey != nil {
		key.Key = "key_of_no_result"
	}
	key.Result = m.Labels.Result
	p.AddErr("prometheus.labels.result", refusal(key))
}

// anyURL stands in for the server's where another option is checked.
const anyURL = "http://localhost"

// refusal is what the client has against the one option that is set.
func (Prometheus) refusal(o prometheus.Options) error {
	client, err := prometheus.New(o)
	if err != nil {
		return detail(err)
	}
	client.Close()
	return nil
}

// detail is what a client says is wrong with an option, without the names that
// the operation and the option have in Go.
func detail(err error) error {
	fe, ok := errors.AsType[*failure.Error](err)
	if !ok || fe.Detail == "" {
		return err
	}
	if _, rest, found := strings.Cut(fe.Detail, ": "); found {
		return errors.New(rest)
	}
	return errors.New(fe.Detail)
}
