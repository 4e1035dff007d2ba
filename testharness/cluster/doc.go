// Package cluster is a whole rate limiter on this machine: a redis-server, nodes
// of ratelimiterd, and a Prometheus that scrapes them every second, all of them
// real processes on free loopback ports.
//
// [Start] returns when all of it works: Redis answers, each node is registered,
// Prometheus has scraped each node. From then on every part can be hurt and
// mended by itself ([Server.Kill], [Server.Hang], [Server.Resume],
// [Server.Restart]), [Cluster.Load] keeps it busy, and [Cluster.InjectRequests]
// writes into a counter behind the limiter's back. [Cluster.Close] ends all of
// it, and what a killed test cannot close, packages process and scratch do.
//
//	c := cluster.New(t, cluster.Options{Nodes: 3, NodeBinary: binary})
//	load, err := c.Load(t.Context(), cluster.LoadOptions{})
//	...
//	err = c.Node(1).Kill()
//
// The servers are found by package servers, and there is no test without them.
// Only where [Options.AllowEmbeddedRedis] is set, for a demonstration on a
// machine that cannot have a redis-server, an embedded imitation stands in for
// it; that is logged as a warning, told by [Cluster.EmbeddedRedis], and its
// faults are [errors.ErrUnsupported].
package cluster
