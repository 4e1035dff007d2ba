// Package cli is the operator command: one file for each of its subcommands,
// and in this one what they share. Everything that a command touches outside
// itself, from its standard streams to the environment, is in its [Streams].
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/render"
	"github.com/operator-ratelimiter/operator-ratelimiter/host"
)

// Streams are what the command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// InTerminal and OutTerminal tell whether a person is at the other end.
	InTerminal, OutTerminal bool
	// Width is that of Out's terminal in columns, 0 if it is none.
	Width int
	// LookupEnv is the environment.
	LookupEnv host.LookupEnv
	// Zone is in which times are shown.
	Zone *time.Location
}

// System returns the process's own streams.
func System() Streams {
	s := Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		OutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		LookupEnv:   os.LookupEnv,
		Zone:        time.Local,
	}
	if s.OutTerminal {
		s.Width = 80
		if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && w > 0 {
			s.Width = w
		}
	}
	return s
}

const rootLong = `operator keeps distributed systems healthy: it looks at them, says which of their
invariants hold, are broken or cannot be judged, and carries out repairs.

operator.yaml says which systems, its subjects, there are and which plugin knows
how to look at each. It is taken from --config, else $OPERATOR_CONFIG, else
./operator.yaml.

A plugin is started only if its binary has the checksum that 'operator pin' wrote
into the lock file beside operator.yaml, unless operator.yaml says "insecure: true"
for it.

Exit codes, of every command but where its own help says otherwise:
  0  done
  1  it failed, and nothing was changed
  2  the command line is wrong
  3  the subject could not be loaded or observed
  4  the action needs an approval that was not given
  5  it is unknown whether the action's change was made: observe first
  6  the action's change was made, and something after it failed
  130  interrupted`

// New returns the operator command with all its subcommands. Execute runs it;
// further commands may be added before.
func New(streams Streams, version string) *cobra.Command {
	return newRoot(&app{streams: streams, completeWithin: completeTimeout}, version)
}

func newRoot(a *app, version string) *cobra.Command {
	root := &cobra.Command{
		Use:           "operator",
		Short:         "Keep distributed systems healthy: observe, check, watch and act",
		Long:          rootLong,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetIn(a.streams.In)
	root.SetOut(a.streams.Out)
	root.SetErr(a.streams.Err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage(cmd, "%w", err) })
	flags := root.PersistentFlags()
	flags.StringVar(&a.config, "config", "", "configuration `file` (default $OPERATOR_CONFIG, else ./operator.yaml)")
	flags.DurationVar(&a.timeout, "timeout", 0, "deadline of one observation or action (default the configuration's, else 10s)")
	flags.TextVar(&a.logLevel, "log-level", slog.LevelWarn, "least `level` of what is logged to standard error: debug, info, warn or error")
	flags.BoolVar(&a.noColor, "no-color", false, "no colours, as with $NO_COLOR; they are only for terminals anyway")
	root.AddCommand(
		a.subjectsCommand(), a.describeCommand(), a.observeCommand(), a.checkCommand(),
		a.watchCommand(), a.actCommand(), a.pinCommand(), a.conformanceCommand(), a.versionCommand(version),
	)
	return root
}

// Execute runs the command with args and returns its exit code, having written
// its error, if any, to standard error.
func Execute(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	exit, ok := errors.AsType[*ExitError](err)
	switch {
	case ok:
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		exit = &ExitError{Code: exitInterrupted, Err: errors.New("interrupted")}
	case cmd == root: // only cobra itself fails there: there is no such command
		// cobra indents its suggestions by tabs, which are escaped as foreign text.
		exit = usageError(cmd, errors.New(strings.ReplaceAll(err.Error(), "\t", "  ")))
	default:
		exit = &ExitError{Code: exitFailed, Err: err}
	}
	if exit.Err != nil {
		_, _ = fmt.Fprintf(root.ErrOrStderr(), "operator: %s\n", render.Lines(exit.Err.Error()))
	}
	return exit.Code
}
