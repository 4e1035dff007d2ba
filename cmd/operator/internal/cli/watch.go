package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/render"
	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

const watchLong = `Look again and again, and write what changes: tickets as they are pending, firing
and resolved, invariants as they become unknown and known again, and the verdict
as a whole. A ticket is one broken invariant of one entity; it is pending until
its grace period is over, and unknown neither fires nor resolves it.

A plugin that dies is started again, with growing delays, until it has done so
more often than the configuration's restarts allow; then it stays down. What it
remembered is lost, so tickets from before are resolved only once the new process
has shown that it knows the entity and has found it held twice in a row; events
then say after_restart. A ticket whose entity is never mentioned again stays open
and unknown until the watch ends.

` + reloadHelp + `Several subjects, or with --all every configured one, are watched side by side.
With -o json each event is one line of JSON. Ends with SIGINT or SIGTERM, with
exit code 0.`

func (a *app) watchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:               "watch SUBJECT... | --all",
		Short:             "Look again and again and show what changes",
		Long:              watchLong,
		ValidArgsFunction: a.completeSubjects,
	}
	output := addFormat(cmd, "text", "json")
	interval := cmd.Flags().Duration("interval", 0, "time between observations (default the configuration's, else 5s)")
	all := cmd.Flags().Bool("all", false, "watch every subject of the configuration")
	every := cmd.Flags().Bool("every", false, "show every observation, not only those that change the verdict")
	times := cmd.Flags().Int("count", 0, "end after so many observations of each subject, 0 for never")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case *all && len(args) > 0:
			return usage(cmd, "give subjects or --all, not both")
		case !*all && len(args) == 0:
			return usage(cmd, "watch needs a SUBJECT, or --all; 'operator subjects' lists the subjects")
		case cmd.Flags().Changed("interval") && *interval < host.MinInterval:
			return usage(cmd, "--interval must be at least %s, not %s", host.MinInterval, *interval)
		case *times < 0:
			return usage(cmd, "--count must not be negative")
		}
		entries, err := a.entries(args)
		if err != nil {
			return noObservation(err)
		}
		for i := range entries {
			if *interval > 0 {
				entries[i].Interval = *interval
			}
			a.greet(entries[i])
		}
		return a.watchAll(cmd.Context(), entries, host.WatchOptions{All: *every, Count: *times}, output.value)
	}
	return cmd
}

// entries returns the entries of the named subjects, each once, or of all.
func (a *app) entries(names []string) ([]host.Entry, error) {
	config, err := a.readConfig()
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		names = config.Names()
	}
	var entries []host.Entry
	for i, name := range names {
		entry, err := config.Entry(name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(names[:i], name) {
			entries = append(entries, a.override(entry))
		}
	}
	return entries, nil
}

// greet tells a person at a terminal that the silence is meant.
func (a *app) greet(entry host.Entry) {
	if a.streams.OutTerminal {
		pace := entry.Interval
		if pace == 0 {
			pace = host.DefaultInterval
		}
		_, _ = fmt.Fprintf(a.streams.Err, "watching %s every %s; Ctrl-C ends\n", entry.Name, pace.Round(time.Millisecond))
	}
}

// watchAll watches the entries side by side. One that cannot be watched does
// not stop the others; its error comes at once, and again as the exit code. An
// output that cannot be written to stops them all.
func (a *app) watchAll(ctx context.Context, entries []host.Entry, opts host.WatchOptions, output string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := a.printer()
	for _, entry := range entries {
		p.Name(entry.Name, len(entries) > 1)
	}
	var mu sync.Mutex // guards the output
	show := func(events []host.Event) error {
		mu.Lock()
		defer mu.Unlock()
		err := a.showEvents(p, events, output)
		if err != nil {
			cancel()
		}
		return err
	}
	w := &watching{show: show, signals: make(map[string]chan struct{}, len(entries))}
	for _, entry := range entries {
		w.signals[entry.Name] = make(chan struct{}, 1)
	}
	defer w.listen()()
	errs := make([]error, len(entries))
	var watches sync.WaitGroup
	for i, entry := range entries {
		watches.Go(func() {
			errs[i] = a.watch(ctx, entry, opts, w)
			if errs[i] != nil && len(entries) > 1 {
				a.logger().Error("this subject is not watched", "subject", entry.Name, "error", errs[i])
			}
		})
	}
	watches.Wait()
	return joined(errs)
}

// joined is one error of those that are any, with the first one's exit code.
func joined(errs []error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(errs) <= 1 {
		return errors.Join(errs...)
	}
	code := exitFailed
	if first, ok := errors.AsType[*ExitError](errs[0]); ok {
		code = first.Code
	}
	return &ExitError{Code: code, Err: errors.Join(errs...)}
}

func (a *app) showEvents(p *render.Printer, events []host.Event, output string) error {
	if output == "json" {
		for _, e := range events {
			if err := a.json(e, ""); err != nil {
				return err
			}
		}
		return nil
	}
	p.Events(events)
	return p.Flush()
}

func (a *app) watch(ctx context.Context, entry host.Entry, opts host.WatchOptions, w *watching) error {
	var reloading sync.WaitGroup
	defer reloading.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	opened := false
	opts.Name, opts.Interval = entry.Name, entry.Interval
	opts.Open = func(ctx context.Context) (protocol.Subject, error) {
		subject, err := host.Load(ctx, entry, a.logger())
		if err != nil {
			return nil, err
		}
		opened = true
		reloading.Go(func() { a.reloadOn(ctx, w.signals[entry.Name], subject, w.show) })
		return subject, nil
	}
	err := host.Watch(ctx, opts, w.show)
	switch {
	case err == nil, ctx.Err() != nil && errors.Is(err, context.Canceled):
		return nil
	case !opened:
		return noObservation(err)
	default:
		return err
	}
}
