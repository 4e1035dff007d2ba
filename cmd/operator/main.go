// Command operator is an operator's host on the command line: it observes the
// configured subjects, checks and watches their invariants, and carries out
// actions. 'operator --help' has the rest.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/cli"
	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/plugintest"
)

// version is set when a release is built (-ldflags "-X main.version=1.2.3").
var version string

func main() { os.Exit(run()) }

func run() int {
	plugintest.BecomeHost() // for operator conformance
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	defer context.AfterFunc(ctx, stop)()

	streams := cli.System()
	root := cli.New(streams, versionText())
	root.AddCommand(demoCommand(streams), scenarioCommand(streams, versionText(), realHarness))
	return cli.Execute(ctx, root, os.Args[1:])
}

// versionText is the release's version, else what the build recorded.
func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
