package tikvcluster

import (
	"context"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/ask"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/parts"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/api"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
)

// PD returns the PD. It keeps stores, regions, schedulers and configuration
// through a restart.
func (c *Cluster) PD() *Server { return c.pd }

// PDURLs returns the base URL of each PD, http://host:port.
func (c *Cluster) PDURLs() []string { return []string{c.pd.URL()} }

// Store returns the store of a number that starts at 0; its id is one more. It
// panics where there is none, as indexing does.
func (c *Cluster) Store(i int) *Store { return c.stores[i] }

// Stores returns the stores, the dead ones too, by number.
func (c *Cluster) Stores() []*Store { return slices.Clone(c.stores) }

// Prometheus returns the Prometheus, nil where the cluster has none.
func (c *Cluster) Prometheus() *Server { return c.prometheus }

// PrometheusURL returns http://host:port, "" where the cluster has no
// Prometheus.
func (c *Cluster) PrometheusURL() string {
	if c.prometheus == nil {
		return ""
	}
	return c.prometheus.URL()
}

// Dir is the directory of the cluster's data.
func (c *Cluster) Dir() string { return c.dir }

// Trouble gives a region trouble that stays until it is given another one, or
// [sim.Healthy]. A cluster's regions have the ids N+4, N+8 and so on, for N
// stores of which there are at least three.
func (c *Cluster) Trouble(ctx context.Context, region uint64, t sim.Trouble) error {
	return ask.Send(ctx, "POST", c.pd.URL()+api.TroublePath, api.Trouble{RegionID: region, Trouble: t}, nil)
}

// WriteLogs writes the end of each process's output to dir/NAME.log, at most
// [process.MaxLog] bytes each.
func (c *Cluster) WriteLogs(dir string) error {
	return parts.WriteLogs(dir, c.servers())
}

// servers are all that were started.
func (c *Cluster) servers() []*Server {
	var all []*Server
	for _, s := range c.stores {
		if s != nil {
			all = append(all, s.Server)
		}
	}
	for _, s := range []*Server{c.prometheus, c.pd} {
		if s != nil {
			all = append(all, s)
		}
	}
	return all
}
