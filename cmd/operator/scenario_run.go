package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/cli"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/bugs"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/report"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
)

const runLong = `Play the scenarios at each PATH, a file or a folder with all that is below it;
without PATH those that are built in.

Each is played on a system of its own, which is started for it and removed after
it. Progress goes to standard error and the report to standard output. A scenario
that did not pass leaves a folder in --evidence: the seed, versions, the log of each
process, each observation, what the system held, and a timeline.

A scenario is played through the plugin's binary where it allows that, else through
the first transport that it names; --transport says otherwise. None is ever skipped:
what cannot be played here is an error.

--seed decides all random choices; the second repeat has the next seed, and so on.
It is printed before anything starts.

Exit codes:
  0  every scenario passed
  1  at least one did not
  2  the command line or a file is wrong; nothing was started
  130  interrupted: everything was healed and stopped, and what ran was reported`

// runFlags are those of the commands that play scenarios.
type runFlags struct {
	transport string
	seed      uint64
	repeat    int
	parallel  int
	evidence  string
	keep      bool
	output    formatFlag
	reports   []string
}

// add gives them to a command.
func (f *runFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.transport, "transport", "", "how the subject is reached: in_process, in_memory, binary, or all `three`")
	flags.Uint64Var(&f.seed, "seed", 0, "what all random choices follow from (default 0: a random one)")
	flags.StringVar(&f.evidence, "evidence", "evidence", "`folder` in which evidence is kept; empty keeps none")
	flags.BoolVar(&f.keep, "keep-evidence", false, "keep it of what passed, too")
	flags.VarP(&f.output, "output", "o", "`format` of the report: "+strings.Join(formatNames(), ", "))
	flags.StringArrayVar(&f.reports, "report", nil, "write the report into a `file` too, in the format of its ending: .txt, .xml, .json, .html; may be repeated")
	complete := func(name string, values ...string) {
		// It only fails for a flag that does not exist.
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	complete("output", formatNames()...)
	complete("transport", "in_process", "in_memory", "binary", "all")
}

// check finds what the flags alone cannot say.
func (f *runFlags) check(cmd *cobra.Command) error {
	if _, err := f.transports(); err != nil {
		return wrongUsage(cmd, "%v", err)
	}
	for _, name := range f.reports {
		if _, err := report.FormatOf(name); err != nil {
			return wrongUsage(cmd, "%v", err)
		}
	}
	switch {
	case f.repeat < 1 || f.repeat > maxRepeat:
		return wrongUsage(cmd, "--repeat must be from 1 to %d, not %d", maxRepeat, f.repeat)
	case f.parallel < 1 || f.parallel > maxParallel:
		return wrongUsage(cmd, "--parallel must be from 1 to %d, not %d", maxParallel, f.parallel)
	}
	if f.seed == 0 {
		f.seed = 1 + rand.Uint64N(1<<32) //nolint:gosec // it is to be different, not to be secret
	}
	return nil
}

// The bounds of a call.
const (
	maxRepeat   = 10_000
	maxParallel = 64
)

// transports are those that the flag names, nil for each scenario's own.
func (f *runFlags) transports() ([]scenario.Transport, error) {
	switch t := scenario.Transport(f.transport); {
	case t == "":
		return nil, nil
	case t == "all":
		return scenario.Transports(), nil
	case slices.Contains(scenario.Transports(), t):
		return []scenario.Transport{t}, nil
	default:
		return nil, fmt.Errorf("there is no transport %q; there are in_process, in_memory, binary and all", f.transport)
	}
}

func (s *scenarioCLI) runCommand() *cobra.Command {
	var f runFlags
	var match, bug string
	cmd := &cobra.Command{
		Use:   "run [PATH...]",
		Short: "Play scenarios and report what came of them",
		Long:  runLong,
		Example: `  operator scenario run
  operator scenario run my/scenarios --transport all --parallel 2
  operator scenario run --match '^redis_' --repeat 5 --report scenarios.html
  operator scenario run --bug ping_error_swallowed`,
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.IntVar(&f.repeat, "repeat", 1, "how `often` each is played")
	flags.IntVar(&f.parallel, "parallel", min(4, 2*runtime.NumCPU()), "how `many` are played at a time")
	flags.StringVar(&match, "match", "", "only those whose name matches the `regexp`")
	flags.StringVar(&bug, "bug", "", "put the known bug of this `name` into the subject, which must be caught; without PATH its own scenario is played")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.check(cmd); err != nil {
			return err
		}
		pattern, err := regexp.Compile(match)
		if err != nil {
			return wrongUsage(cmd, "--match: %v", err)
		}
		p := play{scenarioCLI: s, cmd: cmd, flags: f}
		if bug != "" {
			if p.bug, err = s.bug(cmd, bug); err != nil {
				return err
			}
		}
		if p.list, err = s.chosen(p.bug, args, pattern); err != nil {
			return err
		}
		p.again = func(sc scenario.Scenario, seed uint64, t scenario.Transport) []string {
			words := []string{"operator", "scenario", "run"}
			switch {
			case sc.File != "":
				words = append(words, sc.File)
			case p.bug == nil: // one that is built in; a bug brings its own
				words = append(words, "--match", "^"+sc.Name+"$")
			}
			if p.bug != nil {
				words = append(words, "--bug", p.bug.Name)
			}
			return append(words, "--transport", string(t), "--seed", fmt.Sprint(seed))
		}
		return p.run(cmd.Context())
	}
	return cmd
}

// bug finds a known bug by its name.
func (s *scenarioCLI) bug(cmd *cobra.Command, name string) (*bugs.Bug, error) {
	for _, b := range s.harness().bugs {
		if b.Name == name {
			return &b, nil
		}
	}
	return nil, wrongUsage(cmd, "there is no bug %q; 'operator scenario bugs' lists them", name)
}

// chosen are the scenarios to play. A bug is one of one system's subject, so that
// other systems' scenarios are none for it.
func (s *scenarioCLI) chosen(bug *bugs.Bug, paths []string, pattern *regexp.Regexp) ([]scenario.Scenario, error) {
	if bug != nil && len(paths) == 0 {
		return []scenario.Scenario{bug.Scenario}, nil
	}
	list, err := s.read(paths)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(sc scenario.Scenario) bool {
		return !pattern.MatchString(sc.Name) || bug != nil && sc.System != bug.System
	})
	if len(list) == 0 {
		return nil, &cli.ExitError{Code: scenarioUsage, Err: errors.New("no scenario is left to play; 'operator scenario list' lists them")}
	}
	return list, nil
}

// A play is one call of a command that plays scenarios.
type play struct {
	*scenarioCLI
	cmd   *cobra.Command
	flags runFlags
	list  []scenario.Scenario
	bug   *bugs.Bug // nil for none
	// again is the command line that plays a scenario again.
	again func(sc scenario.Scenario, seed uint64, t scenario.Transport) []string
}

func (p play) run(ctx context.Context) error {
	progress := newScenarioProgress(p.streams.Err, p.coloured(p.cmd))
	jobs := p.jobs(progress)
	if len(jobs) == 0 {
		return &cli.ExitError{Code: scenarioUsage, Err: fmt.Errorf("none of these scenarios can be played through %s", p.flags.transport)}
	}
	outputs, err := p.openReports()
	if err != nil {
		return err
	}
	defer outputs.close()
	progress.begin(len(jobs), p.flags.seed)
	rep := report.Report{Version: p.version, Began: time.Now()}
	runs := make([]*report.Run, len(jobs))
	var wrong error
	_ = p.harness().runAll(ctx, jobs, p.flags.parallel, func(d scenario.Done) { // ctx says as much
		job := jobs[d.Index]
		if d.Err != nil {
			wrong = errors.Join(wrong, d.Err)
			progress.finished(job, scenario.Result{Verdict: scenario.Errored})
			return
		}
		replay := shellLine(p.again(job.Scenario, d.Result.Seed, d.Result.Transport))
		runs[d.Index] = new(report.NewRun(d.Result, replay))
		progress.finished(job, d.Result)
	})
	progress.end()
	rep.Took = time.Since(rep.Began)
	for _, r := range runs {
		if r != nil {
			rep.Runs = append(rep.Runs, *r)
		}
	}
	if ctx.Err() != nil {
		rep.NotRun = len(jobs) - len(rep.Runs)
	}
	if err := outputs.write(rep, p); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return &cli.ExitError{Code: scenarioInterrupted, Err: errors.New("interrupted")}
	case wrong != nil:
		return &cli.ExitError{Code: scenarioUsage, Err: wrong}
	case !rep.OK():
		return &cli.ExitError{Code: scenarioFailed}
	}
	return nil
}
