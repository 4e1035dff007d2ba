package cluster

import (
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/parts"
)

// Nodes returns the nodes, the dead ones too, by number.
func (c *Cluster) Nodes() []*Node { return slices.Clone(c.nodes) }

// Node returns the node of a number that starts at 0. It panics where there is
// none, as indexing does.
func (c *Cluster) Node(i int) *Node { return c.nodes[i] }

// Redis returns the Redis that the nodes share, nil where [Options.Redis] names
// another.
func (c *Cluster) Redis() *Server { return c.redis }

// Prometheus returns the Prometheus, nil where the cluster has none.
func (c *Cluster) Prometheus() *Server { return c.prometheus }

// ManagementURLs returns the base URL of each node's API, http://host:port.
func (c *Cluster) ManagementURLs() []string {
	urls := make([]string, len(c.nodes))
	for i, n := range c.nodes {
		urls[i] = n.URL()
	}
	return urls
}

// RedisURL returns redis://host:port/0, "" where [Options.Redis] names another.
func (c *Cluster) RedisURL() string {
	if c.redis == nil {
		return ""
	}
	return c.redis.URL()
}

// RedisAddr returns host:port of the Redis, "" where [Options.Redis] names
// another.
func (c *Cluster) RedisAddr() string {
	if c.redis == nil {
		return ""
	}
	return c.redis.Address()
}

// PrometheusURL returns http://host:port, "" where the cluster has no
// Prometheus.
func (c *Cluster) PrometheusURL() string {
	if c.prometheus == nil {
		return ""
	}
	return c.prometheus.URL()
}

// EmbeddedRedis reports whether an imitation stands in for redis-server.
func (c *Cluster) EmbeddedRedis() bool { return c.redis != nil && c.redis.process == nil }

// Dir is the directory of the cluster's data.
func (c *Cluster) Dir() string { return c.dir }

// WriteLogs writes the end of each process's output to dir/NAME.log, at most
// [process.MaxLog] bytes each.
func (c *Cluster) WriteLogs(dir string) error {
	return parts.WriteLogs(dir, c.servers())
}

// servers are all that were started.
func (c *Cluster) servers() []*Server {
	var all []*Server
	for _, n := range c.nodes {
		if n != nil {
			all = append(all, n.Server)
		}
	}
	if c.prometheus != nil {
		all = append(all, c.prometheus)
	}
	if c.redis != nil {
		all = append(all, c.redis)
	}
	return all
}
