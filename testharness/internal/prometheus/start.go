// Package prometheus starts a real Prometheus over the parts of a cluster, and
// asks one.
package prometheus

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/ask"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/parts"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/servers"
)

// Name is the name of its process.
const Name = "prometheus"

// Target is a part that is scraped.
type Target struct {
	// Address is host:port, where it is scraped.
	Address string
	// Instance is the value of the label instance: its address to everybody else.
	Instance string
}

// Scrape says what is scraped.
type Scrape struct {
	// Job is the value of the label job.
	Job string
	// Interval is the time between two scrapes, and what one may take.
	Interval time.Duration
	Targets  []Target
}

// Start starts a Prometheus that keeps what it has in dir/prometheus, and waits
// until it serves. The caller must Close the process, which keeps its address,
// host:port, through restarts.
func Start(ctx context.Context, dir string, s Scrape) (p *process.Process, address string, err error) {
	binary, err := servers.Prometheus()
	if err != nil {
		return nil, "", err
	}
	dir = filepath.Join(dir, Name)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, "", fmt.Errorf("make the directory of prometheus: %w", err)
	}
	config := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(config, s.config(), 0o600); err != nil {
		return nil, "", fmt.Errorf("write the configuration of prometheus: %w", err)
	}
	return parts.Start(ctx, func(address string) process.Spec {
		return process.Spec{
			Name: Name,
			Path: binary,
			Args: []string{
				"--config.file=" + config,
				"--storage.tsdb.path=" + filepath.Join(dir, "data"),
				"--storage.tsdb.retention.time=6h",
				"--web.listen-address=" + address,
				"--log.level=warn",
			},
			Dir:   dir,
			Ready: func(ctx context.Context) error { return ask.JSON(ctx, "http://"+address+"/-/ready", nil) },
		}
	})
}

func (s Scrape) config() []byte {
	config := fmt.Appendf(nil, `global:
  scrape_interval: %dms
  scrape_timeout: %[1]dms
scrape_configs:
  - job_name: %s
    static_configs:
`, s.Interval.Milliseconds(), s.Job)
	for _, t := range s.Targets {
		config = fmt.Appendf(config, "      - targets: [%q]\n        labels: {instance: %q}\n", t.Address, t.Instance)
	}
	return config
}
