package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
)

// Playground starts the cluster under load, writes an operator.yaml for it, and
// says what to try, until ctx ends. It leaves nothing behind.
func Playground(ctx context.Context, opts Options) (err error) {
	w := NewWalk(opts.Out, opts.Paint)
	w.Step("A rate limiter of real processes on this machine")
	c, err := cluster.Start(ctx, cluster.Options{NodeBinary: opts.Node, AllowEmbeddedRedis: true, Log: opts.Log})
	if err != nil {
		return fmt.Errorf("start the cluster: %w", err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	showCluster(w, c)
	if _, err = c.Load(ctx, cluster.LoadOptions{}); err != nil {
		return fmt.Errorf("put the cluster under load: %w", err)
	}

	plugin, err := filepath.Abs(opts.Plugin)
	if err != nil {
		return fmt.Errorf("find the plugin: %w", err)
	}
	file := filepath.Join(c.Dir(), "operator.yaml")
	if err := os.WriteFile(file, []byte(operatorYAML(plugin, c)), 0o600); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	if err := pin(ctx, file); err != nil {
		return fmt.Errorf("pin the plugin: %w", err)
	}
	w.Step("In another terminal")
	w.Say("export OPERATOR_CONFIG=%s", file)
	for _, command := range []string{
		"subjects", "describe ratelimiter", "observe ratelimiter", "check ratelimiter", "watch ratelimiter",
		"act ratelimiter reset_counter key=user:1 --dry-run",
	} {
		w.Say("operator %s", command)
	}
	w.Say("kill -9 %d   %s", c.Node(1).PID(), w.paint.Dim("# "+c.Node(1).ID()))
	w.Step("Ctrl-C ends it all")
	<-ctx.Done()
	return nil
}

// pin writes the lock file for a configuration file, as 'operator pin --all' does.
func pin(ctx context.Context, file string) error {
	config, err := host.ReadConfig(file, os.LookupEnv)
	if err != nil {
		return err
	}
	pins, err := config.Pin(ctx)
	if err != nil {
		return err
	}
	return errors.Join(pins.Err(), pins.Write())
}

// operatorYAML is the configuration for the cluster, as a person would write it.
func operatorYAML(plugin string, c *cluster.Cluster) string {
	return fmt.Sprintf(`subjects:
  ratelimiter:
    plugin: %q
    interval: 1s
    config:
      management:
        urls: ["%s"]
      redis:
        url: %s
      prometheus:
        url: %s
`, plugin, strings.Join(c.ManagementURLs(), `", "`), c.RedisURL(), c.PrometheusURL())
}
