package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/render"
	"github.com/operator-ratelimiter/operator-ratelimiter/host"
)

func (a *app) describeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "describe SUBJECT",
		Short: "Show a subject's invariants, actions and configuration",
		Long: `Show what a subject declares: the guide to its failures, its invariants, its
actions with their parameters, and the fields of its config block. The system
itself is not contacted.

Grace periods and severities are those in force with the subject's configuration.
If that is wrong, the subject's own are shown, and what is wrong is said on
standard error.`,
		Args:              takes(1, "a SUBJECT"),
		ValidArgsFunction: a.completeSubject,
	}
	output := addFormat(cmd, "text", "json")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		entry, err := a.entry(args[0])
		if err != nil {
			return noObservation(err)
		}
		def, openErr, err := host.Describe(cmd.Context(), entry, a.logger())
		if err != nil {
			return loadFailed(cmd.Context(), err)
		}
		if openErr != nil {
			_, _ = fmt.Fprintf(a.streams.Err, "operator: this is what holds without a configuration, as the configured one is wrong: %s\n",
				render.Lines(openErr.Error()))
		}
		if output.value == "json" {
			return a.json(def, "  ")
		}
		p := a.printer()
		p.Definition(args[0], def)
		return p.Flush()
	}
	return cmd
}
