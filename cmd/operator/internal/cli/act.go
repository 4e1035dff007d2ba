package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

const actLong = `Carry out one action of a subject's catalogue ('operator describe SUBJECT' has it).

Parameters:
  key=value    the text, made a number or a boolean where the action's schema says so
  key:=json    raw JSON, such as key:='"line\nbreak"', key:='["a","b"]' or key:=null
  key=@file    the file's bytes as a string: all of them, a last newline included.
               At most 4 MiB of UTF-8. A value that begins with @ is key:='"@..."'

An action that requires approval is first done as a dry run, to show what it would
change, and then asked about; "yes" is the only answer that carries it out. Without
a terminal to ask on it is refused, unless --yes approves it beforehand.

Each action has an ID, by which a subject does it at most once. It remembers IDs
only while it is loaded, and here that is until the command ends: running the
command again with the same --id does the action again.

Exit codes:
  0  done, unchanged because it already was so, or planned with --dry-run
  1  it failed, and nothing was changed
  2  the command line is wrong: no such action, wrong parameters
  3  the subject could not be loaded
  4  it needs an approval that was not given; nothing was changed
  5  it is unknown whether the change was made: observe before anything else
  6  the change was made, and something after it failed`

// actFlags are the flags of act.
type actFlags struct {
	dryRun, yes bool
	id          string
	output      *format
}

func (a *app) actCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "act SUBJECT ACTION [key=value ...]",
		Short: "Carry out an action, asking first where that is required",
		Long:  actLong,
		Example: `  operator act SUBJECT restart_node node=n1 --dry-run
  operator act SUBJECT set_quota user=alice quota=100 'labels:={"team":"a"}' --yes`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usage(cmd, "act needs a SUBJECT and an ACTION; 'operator describe SUBJECT' lists the actions")
			}
			return nil
		},
		ValidArgsFunction: a.completeAct,
	}
	var flags actFlags
	cmd.Flags().BoolVar(&flags.dryRun, "dry-run", false, "show what would be changed and change nothing")
	cmd.Flags().BoolVarP(&flags.yes, "yes", "y", false, "approve the action without being asked")
	cmd.Flags().StringVar(&flags.id, "id", "", "the action's `ID`, at most 128 bytes (default a random one)")
	flags.output = addFormat(cmd, "text", "json")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(flags.id) > protocol.MaxActionIDLen || cmd.Flags().Changed("id") && flags.id == "" {
			return usage(cmd, "--id must have 1 to %d bytes", protocol.MaxActionIDLen)
		}
		return a.with(cmd.Context(), args[0], func(s *host.Subject) error {
			return a.act(cmd, s, args[1], args[2:], flags)
		})
	}
	return cmd
}

// act carries out one action, having asked where that is due.
func (a *app) act(cmd *cobra.Command, s *host.Subject, name string, args []string, flags actFlags) error {
	spec, ok := s.Definition().Action(name)
	if !ok {
		return usage(cmd, "%s", unknownAction(s, name))
	}
	params, err := parameters(spec, args)
	if err != nil {
		return usage(cmd, "%s: %w", name, err)
	}
	action := protocol.Action{Name: name, ID: flags.id, Params: params, DryRun: flags.dryRun}
	if !action.DryRun {
		if spec.RequiresApproval && !flags.yes {
			if err := a.approve(cmd.Context(), s, spec, action); err != nil {
				return err
			}
		}
		if action.ID == "" {
			action.ID = protocol.NewActionID()
		}
	}
	outcome, err := s.Act(cmd.Context(), action)
	if flags.output.value == "json" {
		if err := a.actJSON(action, outcome, err); err != nil {
			return err
		}
	} else if err == nil {
		p := a.printer()
		p.Outcome(action, outcome)
		if err := p.Flush(); err != nil {
			return err
		}
	}
	if err != nil {
		return a.actFailed(cmd.Context(), s, action, err)
	}
	return nil
}

func unknownAction(s *host.Subject, name string) string {
	actions := s.Definition().Actions
	names := make([]string, 0, len(actions))
	for _, spec := range actions {
		names = append(names, spec.Name)
	}
	text := fmt.Sprintf("%s has no action %q", s.Name(), name)
	if near, ok := host.Nearest(name, names); ok {
		text += "; did you mean " + near + "?"
	}
	if len(names) == 0 {
		return text + "; it has none"
	}
	return text + "; it has: " + strings.Join(names, ", ")
}

// actJSON writes the action and what became of it.
func (a *app) actJSON(action protocol.Action, outcome protocol.Outcome, err error) error {
	doc := struct {
		Action  protocol.Action   `json:"action"`
		Outcome *protocol.Outcome `json:"outcome"`
		Error   *protocol.Error   `json:"error"`
	}{Action: action}
	if err == nil {
		doc.Outcome = &outcome
	} else {
		doc.Error = contractError(err)
	}
	if len(doc.Action.Params) == 0 {
		doc.Action.Params = json.RawMessage("{}")
	}
	return a.json(doc, "  ")
}

// actFailed says what is known about the change, which is what matters.
func (a *app) actFailed(ctx context.Context, s *host.Subject, action protocol.Action, err error) error {
	e := contractError(err)
	failed := func(code int, format string, args ...any) error {
		return &ExitError{Code: code, Err: fmt.Errorf("act %s %s: %w\n%s", s.Name(), action.Name, err, fmt.Sprintf(format, args...))}
	}
	switch {
	case e.Effect == protocol.EffectUnknown:
		return failed(exitEffectUnknown, "Nobody knows whether the change was made (action ID %s). Do not repeat it; look first: operator observe %s",
			action.ID, s.Name())
	case e.Effect == protocol.EffectApplied:
		return failed(exitEffectApplied, "The change WAS made (action ID %s); what failed came after it. See what it did: operator observe %s",
			action.ID, s.Name())
	case e.Code == protocol.InvalidArgument:
		return failed(exitUsage, "Nothing was changed. Correct the parameters; 'operator describe %s' has them.", s.Name())
	case ctx.Err() != nil:
		return failed(exitInterrupted, "Nothing was changed.")
	case e.Retryable:
		return failed(exitFailed, "Nothing was changed. It may succeed later.")
	default:
		return failed(exitFailed, "Nothing was changed.")
	}
}
