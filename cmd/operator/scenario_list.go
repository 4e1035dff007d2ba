package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
)

// A listedScenario is a line of 'scenario list', and its JSON.
type listedScenario struct {
	Scenario   string               `json:"scenario"`
	Summary    string               `json:"summary"`
	Row        string               `json:"row,omitempty"`
	System     string               `json:"system"`
	Transports []scenario.Transport `json:"transports"`
	Steps      int                  `json:"steps"`
}

func (s *scenarioCLI) listCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list [PATH...]",
		Short: "List scenarios, those that are built in without PATH",
	}
	output := textOrJSON(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		scenarios, err := s.read(args)
		if err != nil {
			return err
		}
		list := make([]listedScenario, 0, len(scenarios))
		rows := [][]string{{"SCENARIO", "ROW", "SYSTEM", "TRANSPORTS"}}
		for _, sc := range scenarios {
			on := transportsOf(sc, scenario.Transports())
			list = append(list, listedScenario{sc.Name, sc.Summary, sc.Row, sc.System, on, len(sc.Steps)})
			transports := make([]string, len(on))
			for i, t := range on {
				transports[i] = string(t)
			}
			rows = append(rows, []string{sc.Name, sc.Row, sc.System, strings.Join(transports, " ")})
		}
		return s.show(output, list, rows)
	}
	return cmd
}

func (s *scenarioCLI) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a scenario's file, for editors",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			return s.print(string(scenario.Schema()))
		},
	}
}

// A listedRule is a line of 'scenario rules', and its JSON.
type listedRule struct {
	Number  int    `json:"number"`
	Name    string `json:"name"`
	Summary string `json:"summary"`
}

func (s *scenarioCLI) rulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List the standing rules, which are checked in every scenario",
		Args:  noArgs,
	}
	output := textOrJSON(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		rules := s.harness().rules
		list := make([]listedRule, 0, len(rules))
		rows := make([][]string, 1, 1+len(rules))
		rows[0] = []string{"RULE", "NAME", "WHAT MUST BE SO"}
		for _, r := range rules {
			list = append(list, listedRule{r.Number, r.Name, r.Summary})
			rows = append(rows, []string{fmt.Sprint(r.Number), r.Name, r.Summary})
		}
		return s.show(output, list, rows)
	}
	return cmd
}

// A listedBug is a line of 'scenario bugs', and its JSON.
type listedBug struct {
	Name     string `json:"name"`
	Summary  string `json:"summary"`
	CaughtBy string `json:"caught_by"`
	System   string `json:"system"`
}

func (s *scenarioCLI) bugsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bugs",
		Short: "List the known bugs that the standing rules are tried on",
		Long: `List the known bugs that 'operator scenario run --bug NAME' puts into a subject, and
the standing rule that must catch each. The run with the bug must fail by that rule,
and without it pass.`,
		Args: noArgs,
	}
	output := textOrJSON(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		bugs := s.harness().bugs
		list := make([]listedBug, 0, len(bugs))
		rows := make([][]string, 1, 1+len(bugs))
		rows[0] = []string{"BUG", "SYSTEM", "CAUGHT BY", "WHAT IT IS"}
		for _, b := range bugs {
			list = append(list, listedBug{b.Name, b.Summary, b.CaughtBy, b.System})
			rows = append(rows, []string{b.Name, b.System, b.CaughtBy, b.Summary})
		}
		return s.show(output, list, rows)
	}
	return cmd
}
