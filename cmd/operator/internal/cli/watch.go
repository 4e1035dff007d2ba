package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

const watchLong = `Look again and again, and write what changes: tickets as they are pending, firing
and resolved, invariants as they become unknown and known again, and the verdict
as a whole. A ticket is one broken invariant of one entity; it is pending until
its grace period is over, and unknown neither fires nor resolves it.

A plugin that dies is started again. What it remembered is then lost, so tickets
from before are resolved only once the new process has shown that it knows the
entity and has found it held twice in a row; events then say after_restart. A
ticket whose entity is never mentioned again is unknown for 15 minutes and then
dropped, which is not resolved.

With -o json each event is one line of JSON. Ends with SIGINT or SIGTERM, with
exit code 0.`

func (a *app) watchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:               "watch SUBJECT",
		Short:             "Look again and again and show what changes",
		Long:              watchLong,
		Args:              takes(1, "a SUBJECT"),
		ValidArgsFunction: a.completeSubject,
	}
	output := addFormat(cmd, "text", "json")
	interval := cmd.Flags().Duration("interval", 0, "time between observations (default the configuration's, else 5s)")
	all := cmd.Flags().Bool("all", false, "show every observation, not only those that change the verdict")
	times := cmd.Flags().Int("count", 0, "end after so many observations, 0 for never")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case cmd.Flags().Changed("interval") && *interval < host.MinInterval:
			return usage(cmd, "--interval must be at least %s, not %s", host.MinInterval, *interval)
		case *times < 0:
			return usage(cmd, "--count must not be negative")
		}
		entry, err := a.entry(args[0])
		if err != nil {
			return noObservation(err)
		}
		if *interval > 0 {
			entry.Interval = *interval
		}
		a.greet(entry)
		return a.watch(cmd.Context(), entry, host.WatchOptions{All: *all, Count: *times}, output.value)
	}
	return cmd
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

func (a *app) watch(ctx context.Context, entry host.Entry, opts host.WatchOptions, output string) error {
	opened := false
	opts.Name, opts.Interval = entry.Name, entry.Interval
	opts.Open = func(ctx context.Context) (protocol.Subject, error) {
		subject, err := host.Load(ctx, entry, a.logger())
		if err != nil {
			return nil, err
		}
		opened = true
		return subject, nil
	}
	p := a.printer()
	err := host.Watch(ctx, opts, func(events []host.Event) error {
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
	})
	switch {
	case err == nil, ctx.Err() != nil && errors.Is(err, context.Canceled):
		return nil
	case !opened:
		return noObservation(err)
	default:
		return err
	}
}
