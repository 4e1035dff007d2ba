package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

const checkName = "check"

func (a *app) checkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   checkName + " SUBJECT",
		Short: "Look once and tell by the exit code whether all invariants hold",
		Long: `Look at a system once and write a line for each invariant that is broken or
unknown, and a summary. For scripts and monitoring.

Exit codes, these alone:
  0  every invariant was checked and held
  1  something is broken
  2  nothing is known to be broken, but something is unknown
  3  there was no observation: of the command line, the configuration, the plugin
     or the observation itself, something failed`,
		Args:              takes(1, "a SUBJECT"),
		ValidArgsFunction: a.completeSubject,
	}
	quiet := cmd.Flags().BoolP("quiet", "q", false, "write nothing, tell it by the exit code alone")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var verdict protocol.Verdict
		err := a.with(cmd.Context(), args[0], func(s *host.Subject) error {
			o, err := s.Observe(cmd.Context())
			if err != nil {
				return fmt.Errorf("check %s: %w", s.Name(), err)
			}
			verdict = o.Verdict()
			if *quiet {
				return nil
			}
			p := a.printer()
			p.Check(s.Name(), s.Definition(), o)
			return p.Flush()
		})
		switch {
		case err != nil:
			return noObservation(err)
		case verdict == protocol.Broken:
			return &ExitError{Code: checkBroken}
		case verdict != protocol.Held:
			return &ExitError{Code: checkUnknown}
		}
		return nil
	}
	return cmd
}
