package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/servers"
)

// job is the value of the label job on all that is scraped.
const job = "ratelimiter"

func (c *Cluster) startPrometheus(ctx context.Context) error {
	binary, err := servers.Prometheus()
	if err != nil {
		return err
	}
	dir := filepath.Join(c.dir, "prometheus")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("make the directory of prometheus: %w", err)
	}
	config := filepath.Join(dir, "prometheus.yml")
	scrape, err := c.scrapeConfig(ctx)
	if err != nil {
		return err
	}
	if err := os.WriteFile(config, scrape, 0o600); err != nil {
		return fmt.Errorf("write the configuration of prometheus: %w", err)
	}
	c.prometheus, err = startServer(ctx, "http", func(address string) process.Spec {
		return process.Spec{
			Name: "prometheus",
			Path: binary,
			Args: []string{
				"--config.file=" + config,
				"--storage.tsdb.path=" + filepath.Join(dir, "data"),
				"--storage.tsdb.retention.time=6h",
				"--web.listen-address=" + address,
				"--log.level=warn",
			},
			Dir:   dir,
			Env:   environment(),
			Ready: func(ctx context.Context) error { return getJSON(ctx, "http://"+address+"/-/ready", nil) },
		}
	})
	return err
}

// scrapeConfig is Prometheus's configuration. The label instance is the address
// that a node is registered by, also where Prometheus scrapes it by another.
func (c *Cluster) scrapeConfig(ctx context.Context) ([]byte, error) {
	interval := c.options.ScrapeInterval.Milliseconds()
	config := fmt.Appendf(nil, `global:
  scrape_interval: %dms
  scrape_timeout: %dms
scrape_configs:
  - job_name: %s
    static_configs:
`, interval, interval, job)
	for _, n := range c.nodes {
		target, err := c.wire(ctx, "prometheus", n.ID(), n.Address())
		if err != nil {
			return nil, err
		}
		config = fmt.Appendf(config, "      - targets: [%q]\n        labels: {instance: %q}\n", target, n.Advertised())
	}
	return config, nil
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
		if err := getJSON(ctx, c.PrometheusURL()+"/api/v1/targets?state=active", &answer); err != nil {
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
