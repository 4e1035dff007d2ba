// Command ratelimiterd is one node of a distributed rate limiter: the system
// that the rate limiter subject observes, as a program of its own.
//
// It answers POST /check by a sliding window in Redis that all nodes share, and
// the management API on every node. `ratelimiterd --help` lists its settings;
// the packages below tell how it works: node (its life), api (HTTP), window
// (Redis), registry (who is alive), metrics (Prometheus).
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/node"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	settings, err := node.Parse(args, os.LookupEnv, stdout)
	if errors.Is(err, node.ErrHelp) {
		return exitOK
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "ratelimiterd: %v\nratelimiterd --help lists all flags\n", err)
		return exitUsage
	}

	log := logger(settings, stderr)
	redis.SetLogger(poolLog{log})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal finds its default again, and ends the process at once.
	context.AfterFunc(ctx, stop)

	if err := node.Run(ctx, settings, log, nil); err != nil {
		log.Error("failed", "error", err)
		return exitFailed
	}
	return exitOK
}

func logger(s node.Settings, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: s.LogLevel}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// poolLog takes what go-redis has to say about its connections.
type poolLog struct{ log *slog.Logger }

func (l poolLog) Printf(ctx context.Context, format string, args ...any) {
	l.log.DebugContext(ctx, "go-redis", "message", fmt.Sprintf(format, args...))
}
