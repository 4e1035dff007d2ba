package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scratch"
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
	if c.options.Dir == "" {
		dir, err := scratch.New(ctx, "ratelimiter-cluster-")
		if err != nil {
			return err
		}
		c.dir = dir.Path()
		c.ends = append(c.ends, dir.Close)
		return nil
	}
	dir, err := filepath.Abs(c.options.Dir)
	if err != nil {
		return fmt.Errorf("resolve the cluster's directory: %w", err)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("make the cluster's directory: %w", err)
	}
	c.dir = dir
	c.ends = append(c.ends, func() error { return c.WriteLogs(dir) })
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
	// All processes at once, so that none has to notice the end of another.
	all := inParallel(c.servers(), (*Server).close)
	for _, end := range slices.Backward(c.ends) {
		all = append(all, end())
	}
	c.result = errors.Join(all...)
	return c.result
}

// inParallel calls f with each item and returns what went wrong, in order.
func inParallel[T any](items []T, f func(T) error) []error {
	results := make([]error, len(items))
	var all sync.WaitGroup
	for i, item := range items {
		all.Go(func() { results[i] = f(item) })
	}
	all.Wait()
	return results
}
