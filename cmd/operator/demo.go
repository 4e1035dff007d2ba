package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/cli"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/demo"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/tikvcluster"
)

// demoBound is how long the demo may take.
const demoBound = 90 * time.Second

// demoCommand is the one command that needs the test harness, and the one place
// outside of tests that imports it: a walk through the loop on a real cluster.
func demoCommand(streams cli.Streams) *cobra.Command {
	var plugin string
	var playground bool
	cmd := &cobra.Command{
		Use:   "demo [ratelimiter | tikv]",
		Short: "Start a real cluster on this machine, hurt it, and repair it",
		Long: `demo starts a rate limiter of real processes on loopback ports (redis-server,
three nodes, Prometheus), loads the built plugin, and walks through the loop:
everything healthy, a node killed and restored, a counter over its limit, Redis
hung, and the repair. 'demo tikv' does the like with another subject: a store
killed, its leaders evicted, and restored. It ends by itself within 90 seconds and
leaves nothing behind. 'make demo' builds and installs what it needs.`,
		ValidArgs: []cobra.Completion{"ratelimiter", "tikv"},
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts := demo.Options{
				Out:   streams.Out,
				Paint: demo.Paint(coloured(cmd, streams)),
				Log:   slog.New(slog.NewTextHandler(streams.Err, &slog.HandlerOptions{Level: slog.LevelWarn})),
			}
			ctx := cmd.Context()
			if !playground {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeoutCause(ctx, demoBound, fmt.Errorf("the demo did not end within %s", demoBound))
				defer cancel()
			}
			if len(args) == 1 && args[0] == "tikv" {
				return demoTiKV(ctx, opts, plugin)
			}
			return demoRateLimiter(ctx, opts, plugin, playground)
		},
	}
	cmd.Flags().BoolVar(&playground, "playground", false, "only start the rate limiter, and keep it for the other commands to be tried on")
	cmd.Flags().StringVar(&plugin, "plugin", "", "`path` of the plugin (default: beside this program, else in PATH)")
	return cmd
}

func demoRateLimiter(ctx context.Context, opts demo.Options, plugin string, playground bool) (err error) {
	if opts.Plugin, err = beside(plugin, "operator-subject-ratelimiter"); err != nil {
		return err
	}
	if opts.Node, err = cluster.FindNode(); err != nil {
		return err
	}
	if playground {
		return demo.Playground(ctx, opts)
	}
	return demo.RateLimiter(ctx, opts)
}

func demoTiKV(ctx context.Context, opts demo.Options, plugin string) (err error) {
	if opts.Plugin, err = beside(plugin, "operator-subject-tikv"); err != nil {
		return err
	}
	programs, err := tikvcluster.FindPrograms()
	if err != nil {
		return err
	}
	return demo.TiKV(ctx, demo.TiKVOptions{Options: opts, Programs: programs})
}

// coloured tells whether to use colour, by the rules of every other command.
func coloured(cmd *cobra.Command, streams cli.Streams) bool {
	unwanted, _ := cmd.Flags().GetBool("no-color")
	noColor, _ := streams.LookupEnv("NO_COLOR")
	terminal, _ := streams.LookupEnv("TERM")
	return streams.OutTerminal && !unwanted && noColor == "" && terminal != "dumb"
}

// beside finds a program that is built together with this one.
func beside(path, name string) (string, error) {
	if path != "" {
		return path, nil
	}
	if self, err := os.Executable(); err == nil {
		sibling := filepath.Join(filepath.Dir(self), name+filepath.Ext(self))
		if info, err := os.Stat(sibling); err == nil && !info.IsDir() {
			return sibling, nil
		}
	}
	found, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is neither beside this program nor in PATH; run 'make build'", name)
	}
	return found, nil
}
