package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// The exit statuses.
const (
	exitDone   = 0
	exitFailed = 1 // a benchmark did, or the page cannot be written
	exitUsage  = 2
)

// options are what the command line says.
type options struct {
	runner  runner
	rows    []row
	list    bool
	out     string
	soak    time.Duration
	profile string
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	o := options{runner: runner{log: stderr}}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	choice := flags.String("rows", "", "only the rows whose `names` begin so, separated by commas")
	flags.BoolVar(&o.list, "list", false, "list the rows and run nothing")
	flags.StringVar(&o.out, "out", "", "write the page to `path`.md and path.json, not to standard output")
	flags.IntVar(&o.runner.count, "count", 5, "runs of each benchmark, of which the median is taken")
	flags.IntVar(&o.runner.counters, "counters", 1_000_000, "counters in Redis for the sweeps, 1000 at least")
	flags.IntVar(&o.runner.flat, "flat", 1_000_000, "counters of the largest keyspace in which single steps are measured, 10000 at least; ten millions take 4 GB")
	flags.StringVar(&o.runner.time, "benchtime", "", "the `time`, or iterations as 5x, of each run, in place of each benchmark's own")
	flags.DurationVar(&o.soak, "soak", 0, "run no benchmarks, but observe a real cluster under load for a `time`, and write soak.json, soak.txt and soak.svg into the directory that -out names")
	flags.StringVar(&o.profile, "profile", "", "run no rows, but profile observations, and write the profiles into `directory`")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	o.rows = chosen(allRows(), *choice)
	switch {
	case flags.NArg() > 0:
		return options{}, fmt.Errorf("there are no arguments, got %q", flags.Arg(0))
	case o.runner.count < 1:
		return options{}, fmt.Errorf("-count %d: want 1 or more", o.runner.count)
	case o.runner.counters < 1000:
		return options{}, fmt.Errorf("-counters %d: want 1000 or more", o.runner.counters)
	case o.runner.flat < 10_000:
		return options{}, fmt.Errorf("-flat %d: want 10000 or more", o.runner.flat)
	case o.soak < 0:
		return options{}, fmt.Errorf("-soak %v: must not be negative", o.soak)
	case o.soak > 0 && o.profile != "":
		return options{}, errors.New("-soak and -profile: give one of them")
	case len(o.rows) == 0:
		return options{}, fmt.Errorf("-rows %q: there are no such rows; -list lists them", *choice)
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err != nil:
		fmt.Fprintln(stderr, "bench:", err)
		return exitUsage
	case o.list:
		for _, r := range o.rows {
			fmt.Fprintf(stdout, "%-26s %s\n", r.name, r.what)
		}
		return exitDone
	case o.soak > 0:
		return o.soaked(ctx, stdout, stderr)
	case o.profile != "":
		return o.profiled(ctx, stdout, stderr)
	}
	last, err := lastSoak(o.out)
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return exitFailed
	}
	p := page{
		Date: time.Now(), Commit: thisCommit(ctx), Machine: thisMachine(ctx), Versions: theseVersions(ctx),
		Count: o.runner.count, Counters: o.runner.counters, Soak: last,
	}
	p.Rows = o.runner.runAll(ctx, o.rows)
	if err := p.save(o.out, stdout); err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return exitFailed
	}
	if p.failed() {
		fmt.Fprintln(stderr, "bench: some benchmarks failed: see the page")
		return exitFailed
	}
	return exitDone
}

// save writes the page in both forms, the Markdown also to stdout. Without a
// path it writes no files.
func (p page) save(path string, stdout io.Writer) error {
	if err := p.write(stdout); err != nil || path == "" {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	data, err := json.MarshalIndent(p, "", "  ")
	if err == nil {
		err = os.WriteFile(path+".json", append(data, '\n'), 0o600)
	}
	if err != nil {
		return err
	}
	file, err := os.Create(path + ".md") //nolint:gosec // the path is the caller's
	if err != nil {
		return err
	}
	return errors.Join(p.write(file), file.Close())
}
