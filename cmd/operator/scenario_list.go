package main

import (
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
