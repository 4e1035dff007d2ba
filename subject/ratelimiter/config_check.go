package ratelimiter

import (
	"fmt"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit/section"
)

// check notes what is wrong with a configuration that its schema lets pass. What
// one field may hold is the clients' to say: each is asked about one field at a
// time, so that what is wrong with it is said of that field.
func (c Config) check(p *kit.Problems) {
	for i, url := range c.Management.URLs {
		p.AddErr(fmt.Sprintf("management.urls[%d]", i), section.Detail(ratelimiter.ValidateBaseURL(url)))
	}
	mustLast(p, "management.timeout", c.Management.Timeout)
	mustLast(p, "health.timeout", c.Health.Timeout)
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
	p.AddErr("redis.tls", r.TLS.Check())
}

// refusal is what the client has against the one option that is set.
func (Redis) refusal(o redis.Options) error {
	client, err := redis.New(o)
	if err != nil {
		return section.Detail(err)
	}
	return client.Close()
}

func (m Prometheus) check(p *kit.Problems) {
	m.Check("prometheus", p)
	m.checkLabels(p)
}

// checkLabels also asks whether two labels are the same, where both are labels.
func (m Prometheus) checkLabels(p *kit.Problems) {
	p.AddErr("prometheus.labels.node", m.refusal(prometheus.LabelNames{Node: m.Labels.Node}))
	p.AddErr("prometheus.labels.instance", m.refusal(prometheus.LabelNames{Instance: m.Labels.Instance}))
	key := prometheus.LabelNames{Key: m.Labels.Key, Result: "result_of_no_key"}
	wrongKey := m.refusal(key)
	p.AddErr("prometheus.labels.key", wrongKey)
	if wrongKey != nil {
		key.Key = "key_of_no_result"
	}
	key.Result = m.Labels.Result
	p.AddErr("prometheus.labels.result", m.refusal(key))
}

// refusal is what the client has against these names.
func (Prometheus) refusal(names prometheus.LabelNames) error {
	client, err := prometheus.New(prometheus.Options{URL: "http://any", Labels: names})
	if err != nil {
		return section.Detail(err)
	}
	client.Close()
	return nil
}
