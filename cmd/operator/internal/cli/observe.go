package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/document"
	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func (a *app) observeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "observe SUBJECT",
		Short: "Look at a system once and show all of it",
		Long: `Look at a system once: what is broken, what is unknown and why, what was read, the
system's state, and which actions might repair what is broken.

With -o json or yaml it is the whole observation, complete. As text, lists are
cut, and so is what does not fit on the terminal.

Exit codes: 0 with an observation, whatever it says (see 'operator check'), and 3
without one.`,
		Args:              takes(1, "a SUBJECT"),
		ValidArgsFunction: a.completeSubject,
	}
	output := addFormat(cmd, "text", "json", "yaml")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.with(cmd.Context(), args[0], func(s *host.Subject) error {
			o, err := s.Observe(cmd.Context())
			if err != nil {
				return loadFailed(cmd.Context(), fmt.Errorf("observe %s: %w", s.Name(), err))
			}
			switch output.value {
			case "json":
				return a.json(o, "  ")
			case "yaml":
				return a.yaml(o)
			}
			p := a.printer()
			p.Observation(s.Name(), s.Definition(), o)
			return p.Flush()
		})
	}
	return cmd
}

// yaml writes an observation's JSON as YAML.
func (a *app) yaml(o protocol.Observation) error {
	data, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	node, err := document.Parse(data)
	if err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	out, err := node.YAML()
	if err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	if _, err := a.streams.Out.Write(out); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}
