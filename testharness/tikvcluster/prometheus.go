package tikvcluster

import (
	"context"
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/prometheus"
)

// job is the value of the label job on all that is scraped.
const job = "tikv"

// startPrometheus starts a Prometheus in which the label instance is a store's
// own address, however it is reached.
func (c *Cluster) startPrometheus(ctx context.Context) error {
	scrape := prometheus.Scrape{Job: job, Interval: c.options.ScrapeInterval}
	for _, s := range c.stores {
		address, err := c.options.Via(ctx, prometheus.Name, s.Name(), s.Address())
		if err != nil {
			return fmt.Errorf("connect prometheus with %s: %w", s.Name(), err)
		}
		scrape.Targets = append(scrape.Targets, prometheus.Target{Address: address, Instance: s.Address()})
	}
	p, address, err := prometheus.Start(ctx, c.dir, scrape)
	if err != nil {
		return err
	}
	c.prometheus = &Server{p, address}
	return nil
}

// scraped tells whether Prometheus has scraped every store twice.
func (c *Cluster) scraped(ctx context.Context) func() (bool, error) {
	return func() (bool, error) {
		times, err := prometheus.ByLabel(ctx, c.PrometheusURL(), "instance", `sum_over_time(up{job="`+job+`"}[1m])`)
		if err != nil {
			return false, err
		}
		for _, s := range c.stores {
			if times[s.Address()] < 2 {
				return false, fmt.Errorf("store %d has been scraped %g times", s.id, times[s.Address()])
			}
		}
		return true, nil
	}
}
