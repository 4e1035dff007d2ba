package tikvcluster

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/ask"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/parts"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// startBound is how long a cluster may take to start. It needs some ten seconds
// on an idle machine, and less than one without Prometheus.
const startBound = time.Minute

// Cluster is a running cluster. Its methods are safe for concurrent use.
type Cluster struct {
	options Options
	dir     string
	end     func() error // of the directory

	pd         *Server
	prometheus *Server // nil without one
	stores     []*Store

	closing sync.Once
	result  error // of the first Close
}

// Start starts a cluster and waits until all of it works. The context bounds the
// start, with a minute at most, not the cluster's life: the caller must Close
// it. Where the start fails, nothing is left running.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	o, err := o.complete()
	if err != nil {
		return nil, fmt.Errorf("start a TiKV cluster: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, startBound)
	defer cancel()
	c := &Cluster{options: o, end: func() error { return nil }}
	begin := time.Now()
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start a TiKV cluster: %w", err), c.Close())
	}
	o.Log.InfoContext(ctx, "the TiKV cluster is ready", "stores", o.Stores, "took", time.Since(begin).Round(time.Millisecond))
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	if err := c.makeDir(ctx); err != nil {
		return err
	}
	if err := c.startPD(ctx); err != nil {
		return err
	}
	if err := c.startStores(ctx); err != nil {
		return err
	}
	if !c.options.WithoutPrometheus {
		if err := c.startPrometheus(ctx); err != nil {
			return err
		}
	}
	if err := wait.For(ctx, "the stores to be up", c.up(ctx)); err != nil {
		return err
	}
	if c.options.WithoutPrometheus {
		return nil
	}
	return wait.For(ctx, "Prometheus to scrape the stores twice", c.scraped(ctx))
}

func (c *Cluster) makeDir(ctx context.Context) error {
	path, end, err := parts.Dir(ctx, c.options.Dir, "tikv-cluster-", c.WriteLogs)
	if err != nil {
		return err
	}
	c.dir, c.end = path, end
	return nil
}

func (c *Cluster) startPD(ctx context.Context) (err error) {
	file := filepath.Join(c.dir, "pd.json")
	c.pd, err = startServer(ctx, func(address string) process.Spec {
		return process.Spec{
			Name: "pd", Path: c.options.Programs.PD, Args: c.options.pdArgs(address, file),
			Ready: func(ctx context.Context) error { return pdReady(ctx, "http://"+address, c.options.pdURL(address)) },
		}
	})
	return err
}

// pdReady returns nil if PD at url is the one that was told to listen there, and
// to tell its clients what it does.
func pdReady(ctx context.Context, url, advertised string) error {
	var leader struct {
		ClientURLs []string `json:"client_urls"`
	}
	if err := ask.JSON(ctx, url+"/pd/api/v1/leader", &leader); err != nil {
		return err
	}
	if !slices.Equal(leader.ClientURLs, []string{advertised}) {
		return fmt.Errorf("another PD answers on %s", url)
	}
	return nil
}

// Close kills every process and removes the temporary directory. It takes a few
// seconds at most, and further calls return the same result.
func (c *Cluster) Close() error {
	c.closing.Do(func() {
		results := parts.AtOnce(c.servers(), func(_ int, s *Server) error { return s.Close() })
		c.result = errors.Join(append(results, c.end())...)
	})
	return c.result
}
