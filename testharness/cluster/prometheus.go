package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

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
	if err := os.WriteFile(config, c.scrapeConfig(), 0o600); err != nil {
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

// scrapeConfig is Prometheus's configuration.
func (c *Cluster) scrapeConfig() []byte {
	targets := make([]string, len(c.nodes))
	for i, n := range c.nodes {
		targets[i] = strconv.Quote(n.Address())
	}
	interval := c.options.ScrapeInterval.Milliseconds()
	return fmt.Appendf(nil, `global:
  scrape_interval: %dms
  scrape_timeout: %dms
scrape_configs:
  - job_name: %s
    static_configs:
      - targets: [%s]
`, interval, interval, job, strings.Join(targets, ", "))
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
			if !up[n.Address()] {
				return false, fmt.Errorf("%s is not scraped", n.ID())
			}
		}
		return true, nil
	}
}
