package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/parts"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// startBound is how long a cluster may take to start. It needs six seconds on an
// idle machine, and less than one without Prometheus.
const startBound = time.Minute

// Cluster is a running rate limiter. Its methods are safe for concurrent use.
type Cluster struct {
	options Options
	dir     string

	redis      *Server
	prometheus *Server // nil without one
	nodes      []*Node

	client redis.UniversalClient // for looking and for InjectRequests
	ends   []func() error

	mu     sync.Mutex // guards what follows
	loads  []*Load
	closed bool
	result error // of the first Close
}

// Start starts a cluster and waits until all of it works. The context bounds the
// start, with a minute at most, not the cluster's life: the caller must Close
// it. Where the start fails, nothing is left running.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	o, err := o.complete()
	if err != nil {
		return nil, fmt.Errorf("start a cluster: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, startBound)
	defer cancel()
	c := &Cluster{options: o}
	begin := time.Now()
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start a cluster: %w", err), c.Close())
	}
	o.Log.InfoContext(ctx, "the cluster is ready", "nodes", o.Nodes, "took", time.Since(begin).Round(time.Millisecond))
	return c, nil
}

// start starts part after part, registering for each how it ends.
func (c *Cluster) start(ctx context.Context) error {
	if err := c.makeDir(ctx); err != nil {
		return err
	}
	if err := c.haveRedis(ctx); err != nil {
		return err
	}
	if err := c.startNodes(ctx); err != nil {
		return err
	}
	if c.options.WithoutPrometheus {
		return wait.For(ctx, "the nodes to register", c.registered(ctx))
	}
	if err := c.startPrometheus(ctx); err != nil {
		return err
	}
	if err := wait.For(ctx, "the nodes to register", c.registered(ctx)); err != nil {
		return err
	}
	return wait.For(ctx, "Prometheus to scrape the nodes", c.scraped(ctx))
}

func (c *Cluster) makeDir(ctx context.Context) error {
	path, end, err := parts.Dir(ctx, c.options.Dir, "ratelimiter-cluster-", c.WriteLogs)
	if err != nil {
		return err
	}
	c.dir, c.ends = path, append(c.ends, end)
	return nil
}

// Close ends the load, kills every process, and removes the temporary
// directory. It takes a few seconds at most, and further calls return the same
// result.
func (c *Cluster) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.result
	}
	c.closed = true
	for _, load := range c.loads {
		load.Stop()
	}
	all := parts.AtOnce(c.servers(), func(_ int, s *Server) error { return s.close() })
	for _, end := range slices.Backward(c.ends) {
		all = append(all, end())
	}
	c.result = errors.Join(all...)
	return c.result
}
