package tikvcluster

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/servers"
)

// job is the value of the label job on all that is scraped.
const job = "tikv"

func (c *Cluster) startPrometheus(ctx context.Context) error {
	binary, err := servers.Prometheus()
	if err != nil {
		return err
	}
	dir := filepath.Join(c.dir, "prometheus")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("make the directory of prometheus: %w", err)
	}
	scrape, err := c.scrapeConfig(ctx)
	if err != nil {
		return err
	}
	config := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(config, scrape, 0o600); err != nil {
		return fmt.Errorf("write the configuration of prometheus: %w", err)
	}
	c.prometheus, err = startServer(ctx, func(address string) process.Spec {
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
			Ready: func(ctx context.Context) error { return ask(ctx, "GET", "http://"+address+"/-/ready", nil, nil) },
		}
	})
	return err
}

// scrapeConfig is Prometheus's configuration. The label instance is a store's own
// address, however it is reached.
func (c *Cluster) scrapeConfig(ctx context.Context) ([]byte, error) {
	interval := c.options.ScrapeInterval.Milliseconds()
	config := fmt.Appendf(nil, `global:
  scrape_interval: %dms
  scrape_timeout: %dms
scrape_configs:
  - job_name: %s
    static_configs:
`, interval, interval, job)
	for _, s := range c.stores {
		target, err := c.options.Via(ctx, "prometheus", s.Name(), s.Address())
		if err != nil {
			return nil, fmt.Errorf("connect prometheus with %s: %w", s.Name(), err)
		}
		config = fmt.Appendf(config, "      - targets: [%q]\n        labels: {instance: %q}\n", target, s.Address())
	}
	return config, nil
}

// scraped tells whether Prometheus has scraped every store twice.
func (c *Cluster) scraped(ctx context.Context) func() (bool, error) {
	query := url.Values{"query": {`sum_over_time(up{job="` + job + `"}[1m])`}}
	return func() (bool, error) {
		var answer struct {
			Data struct {
				Result []struct {
					Metric map[string]string `json:"metric"`
					Value  [2]any            `json:"value"`
				} `json:"result"`
			} `json:"data"`
		}
		if err := ask(ctx, "GET", c.PrometheusURL()+"/api/v1/query?"+query.Encode(), nil, &answer); err != nil {
			return false, err
		}
		times := map[string]float64{}
		for _, r := range answer.Data.Result {
			text, _ := r.Value[1].(string)
			n, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return false, fmt.Errorf("a count of scrapes: %w", err)
			}
			times[r.Metric["instance"]] = n
		}
		for _, s := range c.stores {
			if times[s.Address()] < 2 {
				return false, fmt.Errorf("store %d has been scraped %g times", s.id, times[s.Address()])
			}
		}
		return true, nil
	}
}
