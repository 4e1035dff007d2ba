package cluster

import (
	"context"
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/ask"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/prometheus"
)

// job is the value of the label job on all that is scraped.
const job = "ratelimiter"

// startPrometheus starts a Prometheus in which the label instance is the address
// that a node is registered by, also where it is scraped by another.
func (c *Cluster) startPrometheus(ctx context.Context) error {
	scrape := prometheus.Scrape{Job: job, Interval: c.options.ScrapeInterval}
	for _, n := range c.nodes {
		address, err := c.wire(ctx, prometheus.Name, n.ID(), n.Address())
		if err != nil {
			return err
		}
		scrape.Targets = append(scrape.Targets, prometheus.Target{Address: address, Instance: n.Advertised()})
	}
	p, address, err := prometheus.Start(ctx, c.dir, scrape)
	if err != nil {
		return err
	}
	c.prometheus = newServer(p, "http", address)
	return nil
}

// scraped tells whether Prometheus has scraped every node.
func (c *Cluster) scraped(ctx context.Context) func() (bool, error) {
	return func() (bool, error) {
		var answer struct {
			Data struct {
				ActiveTargets []struct {
					Labels    map[string]string `json:"labels"`
					Health    string            `json:"health"`
					LastError string            `json:"lastError"`
				} `json:"activeTargets"`
			} `json:"data"`
		}
		if err := ask.JSON(ctx, c.PrometheusURL()+"/api/v1/targets?state=active", &answer); err != nil {
			return false, err
		}
		up := map[string]bool{}
		for _, target := range answer.Data.ActiveTargets {
			up[target.Labels["instance"]] = target.Health == "up"
		}
		for _, n := range c.nodes {
			if !up[n.Advertised()] {
				return false, fmt.Errorf("%s is not scraped", n.ID())
			}
		}
		return true, nil
	}
}
