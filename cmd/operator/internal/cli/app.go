package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/document"
	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/render"
	"github.com/operator-ratelimiter/operator-ratelimiter/host"
)

// app is what the subcommands share: the streams and the global flags.
type app struct {
	streams  Streams
	config   string
	timeout  time.Duration
	logLevel slog.Level
	noColor  bool
	// completeWithin is completeTimeout, but for tests on busy machines.
	completeWithin time.Duration
}

func (a *app) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(a.streams.Err, &slog.HandlerOptions{Level: a.logLevel}))
}

// printer returns a printer for standard output.
func (a *app) printer() *render.Printer {
	return render.New(a.streams.Out, render.Options{
		Color: a.color(), Width: a.streams.Width, Zone: a.streams.Zone, Command: a.command(),
	})
}

// color tells whether to use it: on a terminal that has it, unless the user
// does not want it (https://no-color.org).
func (a *app) color() bool {
	noColor, _ := a.streams.LookupEnv("NO_COLOR")
	terminal, _ := a.streams.LookupEnv("TERM")
	return a.streams.OutTerminal && !a.noColor && noColor == "" && terminal != "dumb"
}

// command is how this program is called again with the same configuration.
func (a *app) command() []string {
	if a.config != "" {
		return []string{"operator", "--config", a.config}
	}
	return []string{"operator"}
}

// json writes a value as JSON that a terminal can be shown.
func (a *app) json(v any, indent string) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	if _, err := a.streams.Out.Write(document.Escape(b.Bytes())); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// readConfig reads the configuration file.
func (a *app) readConfig() (*host.Config, error) {
	path, err := host.FindConfig(a.config, a.streams.LookupEnv)
	if err != nil {
		return nil, err
	}
	return host.ReadConfig(path, a.streams.LookupEnv)
}

// entry returns a subject's entry, with the global flags applied. What is wrong
// with other subjects is no reason to stop, but it is said.
func (a *app) entry(name string) (host.Entry, error) {
	config, err := a.readConfig()
	if err != nil {
		return host.Entry{}, err
	}
	entry, err := config.Entry(name)
	if err != nil {
		return host.Entry{}, err
	}
	for _, other := range config.Subjects {
		if err := other.Check(); err != nil && other.Name != name {
			a.logger().Warn("another subject's configuration is wrong", "subject", other.Name, "error", err)
		}
	}
	return a.override(entry), nil
}

func (a *app) override(entry host.Entry) host.Entry {
	if a.timeout > 0 {
		entry.Timeout = a.timeout
	}
	return entry
}

// with loads a subject for the time of a call.
func (a *app) with(ctx context.Context, name string, use func(*host.Subject) error) (err error) {
	entry, err := a.entry(name)
	if err != nil {
		return noObservation(err)
	}
	subject, err := host.Load(ctx, entry, a.logger())
	if err != nil {
		return loadFailed(ctx, err)
	}
	defer func() {
		if closeErr := subject.Close(); closeErr != nil {
			a.logger().Warn("the plugin did not end well", "subject", name, "error", closeErr)
		}
	}()
	return use(subject)
}

// loadFailed is the error of a subject that could not be loaded or observed.
func loadFailed(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return err
	}
	return noObservation(err)
}

// takes makes the args of a command checked: so many, named as in its Use.
func takes(n int, names string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < n:
			return usage(cmd, "%s needs %s; 'operator subjects' lists the subjects", cmd.Name(), names)
		case len(args) > n && n == 0:
			return usage(cmd, "%s takes no arguments", cmd.Name())
		case len(args) > n:
			return usage(cmd, "%s takes %s and no more, not also %q", cmd.Name(), names, args[n])
		}
		return nil
	}
}
