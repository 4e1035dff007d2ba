package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/cli"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/bugs"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/random"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenarios"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/standing"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/systems"
)

// The exit codes of the scenario commands, as their help explains them.
const (
	scenarioFailed      = 1
	scenarioUsage       = 2
	scenarioInterrupted = 130
)

// A harness is what the scenario commands need of the test harness; tests have
// one that starts nothing.
type harness struct {
	systems  []stack.System
	builtin  fs.FS
	bugs     []bugs.Bug
	rules    []standing.Rule
	schedule func(seed uint64, system stack.System, d time.Duration) scenario.Scenario
	runAll   func(ctx context.Context, jobs []scenario.Job, parallel int, done func(scenario.Done)) error
}

// realHarness is the whole of it. Other commands never make it.
func realHarness() harness {
	hushRedis()
	return harness{
		systems:  systems.All(),
		builtin:  scenarios.FS,
		bugs:     bugs.All(),
		rules:    standing.Rules(),
		schedule: random.Schedule,
		runAll:   scenario.RunAll,
	}
}

// scenarioCommand is, beside the demo, the one command that needs the test
// harness.
func scenarioCommand(streams cli.Streams, version string, h func() harness) *cobra.Command {
	s := &scenarioCLI{streams: streams, version: version, harness: sync.OnceValue(h)}
	cmd := &cobra.Command{
		Use:   "scenario",
		Short: "Play scenarios on real systems: hurt them, and check what the subject says",
		Long: `scenario plays scenarios, which are YAML files: each starts a real system on this
machine, hurts it, and says what the subject must report of it, and when. The
standing rules are checked in every one. Everything is healed, stopped and removed
at the end. 'make build' and 'make setup' make and install what it needs;
testharness/README.md says how scenarios are written.`,
	}
	cmd.AddCommand(
		s.runCommand(), s.randomCommand(), s.listCommand(), s.faultsCommand(),
		s.schemaCommand(), s.rulesCommand(), s.bugsCommand(),
	)
	return cmd
}

// A scenarioCLI is what the commands share.
type scenarioCLI struct {
	streams cli.Streams
	version string
	harness func() harness
}

// system finds one by its name. Its error is that of a wrong command line.
func (s *scenarioCLI) system(cmd *cobra.Command, name string) (stack.System, error) {
	systems := s.harness().systems
	i := slices.IndexFunc(systems, func(one stack.System) bool { return one.Name == name })
	if i < 0 {
		return stack.System{}, wrongUsage(cmd, "there is no system %q; there are %s", name, strings.Join(s.systemNames(), ", "))
	}
	return systems[i], nil
}

func (s *scenarioCLI) systemNames() []string {
	systems := s.harness().systems
	names := make([]string, len(systems))
	for i, one := range systems {
		names[i] = one.Name
	}
	return names
}

// read reads the scenarios at paths, those that come with the program if there
// are none.
func (s *scenarioCLI) read(paths []string) ([]scenario.Scenario, error) {
	var (
		list []scenario.Scenario
		err  error
	)
	if len(paths) == 0 {
		list, err = scenario.ReadFS(s.harness().systems, s.harness().builtin)
	} else {
		list, err = scenario.Read(s.harness().systems, paths...)
	}
	switch {
	case err != nil:
		return nil, &cli.ExitError{Code: scenarioUsage, Err: err}
	case len(list) == 0:
		return nil, &cli.ExitError{Code: scenarioUsage, Err: errors.New("there is no scenario there")}
	}
	return list, nil
}

// log is a logger of the level that --log-level has.
func (s *scenarioCLI) log(cmd *cobra.Command, p *scenarioProgress) *slog.Logger {
	level := slog.LevelWarn
	if f := cmd.Flags().Lookup("log-level"); f != nil {
		_ = level.UnmarshalText([]byte(f.Value.String())) // it was parsed when the flag was
	}
	return slog.New(slog.NewTextHandler(p, &slog.HandlerOptions{Level: level}))
}

// coloured tells whether to use colour, as every other command does.
func (s *scenarioCLI) coloured(cmd *cobra.Command) bool { return coloured(cmd, s.streams) }

// wrongUsage is the error of a wrong command line, as the other commands have it.
func wrongUsage(cmd *cobra.Command, format string, args ...any) error {
	text := strings.TrimRight(fmt.Sprintf(format, args...), "\n")
	return &cli.ExitError{Code: scenarioUsage, Err: fmt.Errorf("%s\nRun '%s --help' for how it is used.", text, cmd.CommandPath())} //nolint:revive,staticcheck // it is two sentences for a person
}

// noArgs refuses arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return wrongUsage(cmd, "%s takes no arguments, not %q", cmd.Name(), args[0])
	}
	return nil
}

// operatorPath is this program, which scenarios with a host start again.
func operatorPath() string {
	if self, err := os.Executable(); err == nil {
		return self
	}
	return "" // it is then looked for
}
