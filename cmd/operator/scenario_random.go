package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/cli"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
)

const randomLong = `Hurt a system in random ways for a while, under load, and check the standing rules.

Which faults, on what, when and for how long all follows from --seed, which is
printed first: with the same seed, system and duration the same is done again. What
is done is written into --evidence beforehand, as a scenario that 'operator scenario
run' plays, too.

Exit codes are those of 'operator scenario run'.`

// The bounds of a random run.
const (
	minRandom = 10 * time.Second
	maxRandom = 12 * time.Hour
)

func (s *scenarioCLI) randomCommand() *cobra.Command {
	f := runFlags{repeat: 1, parallel: 1}
	var system string
	var duration time.Duration
	cmd := &cobra.Command{
		Use:   "random --system NAME",
		Short: "Hurt a system at random for a while, and check the standing rules",
		Long:  randomLong,
		Example: `  operator scenario random --system ratelimiter --duration 10m
  operator scenario random --system ratelimiter --duration 10m --seed 1234567`,
		Args: noArgs,
	}
	f.add(cmd)
	cmd.Flags().StringVar(&system, "system", "", "the system's `name`")
	cmd.Flags().DurationVar(&duration, "duration", 5*time.Minute, "how `long`, about")
	// It only fails for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("system", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return s.systemNames(), cobra.ShellCompDirectiveNoFileComp
	})
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if system == "" {
			return wrongUsage(cmd, "random needs --system")
		}
		chosen, err := s.system(cmd, system)
		if err != nil {
			return err
		}
		if duration < minRandom || duration > maxRandom {
			return wrongUsage(cmd, "--duration must be from %s to %s, not %s", minRandom, maxRandom, duration)
		}
		if err := f.check(cmd); err != nil {
			return err
		}
		fmt.Fprintf(s.streams.Err, "seed %d\n", f.seed)
		sc := s.harness().schedule(f.seed, chosen, duration)
		if err := sc.Validate(chosen); err != nil {
			return fmt.Errorf("draw a schedule from seed %d: %w", f.seed, err)
		}
		if err := s.writeSchedule(f, sc); err != nil {
			return err
		}
		p := play{scenarioCLI: s, cmd: cmd, flags: f, list: []scenario.Scenario{sc}}
		p.again = func(_ scenario.Scenario, seed uint64, t scenario.Transport) []string {
			return []string{
				"operator", "scenario", "random", "--system", system, "--duration", duration.String(),
				"--transport", string(t), "--seed", fmt.Sprint(seed),
			}
		}
		return p.run(cmd.Context())
	}
	return cmd
}

// writeSchedule keeps what is going to be done, as a scenario.
func (s *scenarioCLI) writeSchedule(f runFlags, sc scenario.Scenario) error {
	if f.evidence == "" {
		return nil
	}
	text, err := scenario.Marshal(sc)
	if err != nil {
		return err
	}
	path := filepath.Join(f.evidence, fmt.Sprintf("random_%s_%d.yaml", sc.System, f.seed))
	err = os.MkdirAll(f.evidence, 0o750)
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		return &cli.ExitError{Code: scenarioUsage, Err: fmt.Errorf("write the schedule: %w", err)}
	}
	fmt.Fprintf(s.streams.Err, "schedule %s\n", path)
	return nil
}
