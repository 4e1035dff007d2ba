package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/schema"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// A listedSystem is a system in 'scenario faults', and its JSON.
type listedSystem struct {
	System   string          `json:"system"`
	Summary  string          `json:"summary"`
	Topology json.RawMessage `json:"topology,omitempty"`
	Load     json.RawMessage `json:"load,omitempty"`
	Faults   []listedFault   `json:"faults"`
}

// A listedFault is a kind of fault. With is the JSON Schema of its parameters.
type listedFault struct {
	Kind    string          `json:"kind"`
	Summary string          `json:"summary"`
	On      stack.Target    `json:"on,omitempty"`
	With    json.RawMessage `json:"with,omitempty"`
}

func (s *scenarioCLI) faultsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "faults [SYSTEM]",
		Short: "List what a system can be hurt by, and how a scenario describes its shape and load",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return wrongUsage(cmd, "faults takes a SYSTEM and no more, not also %q", args[1])
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return s.systemNames(), cobra.ShellCompDirectiveNoFileComp
		},
	}
	output := textOrJSON(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		chosen := s.harness().systems
		if len(args) == 1 {
			one, err := s.system(cmd, args[0])
			if err != nil {
				return err
			}
			chosen = []stack.System{one}
		}
		list := make([]listedSystem, 0, len(chosen))
		for _, one := range chosen {
			list = append(list, listedOf(one))
		}
		if *output == "json" {
			return s.json(list)
		}
		text, err := faultsText(list)
		if err != nil {
			return err
		}
		return s.print(text)
	}
	return cmd
}

func listedOf(system stack.System) listedSystem {
	listed := listedSystem{
		System: system.Name, Summary: system.Summary, Topology: system.Topology, Load: system.LoadSchema, Faults: []listedFault{},
	}
	for _, k := range system.Kinds {
		listed.Faults = append(listed.Faults, listedFault{k.Name, k.Summary, k.On, k.With})
	}
	return listed
}

// faultsText is what a person reads: each kind, what it is done to, and its
// parameters.
func faultsText(list []listedSystem) (string, error) {
	var b strings.Builder
	for i, system := range list {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s: %s\n", system.System, system.Summary)
		for _, part := range []struct {
			name   string
			schema json.RawMessage
		}{{"topology", system.Topology}, {"load", system.Load}} {
			if err := parameters(&b, part.name, "", "", part.schema); err != nil {
				return "", err
			}
		}
		for _, f := range system.Faults {
			if err := parameters(&b, f.Kind, target(f.On), f.Summary, f.With); err != nil {
				return "", err
			}
		}
	}
	return b.String(), nil
}

// target says in words what a fault is done to.
func target(on stack.Target) string {
	switch on {
	case stack.OnPart:
		return "on a part"
	case stack.OnLink:
		return "on a link"
	case stack.OnHTTPLink:
		return "on a link that carries HTTP"
	case stack.OnNothing:
	}
	return ""
}

// parameters writes what a schema lets one say.
func parameters(b *strings.Builder, name, on, summary string, raw json.RawMessage) error {
	fmt.Fprintf(b, "\n  %s", name)
	if on != "" {
		fmt.Fprintf(b, ", %s", on)
	}
	b.WriteString("\n")
	if summary != "" {
		fmt.Fprintf(b, "      %s\n", summary)
	}
	if len(raw) == 0 {
		return nil
	}
	parsed, err := schema.Parse(raw)
	if err != nil {
		return fmt.Errorf("the schema of %s: %w", name, err)
	}
	var rows [][]string
	for _, f := range parsed.Flatten() {
		need := ""
		if value, ok := f.Schema.Default(); ok {
			need = "default " + value
		} else if f.Required {
			need = "required"
		}
		kind := strings.TrimSuffix(f.Schema.Type()+", "+f.Schema.Constraints(), ", ")
		rows = append(rows, []string{"      " + f.Path, kind, need, f.Schema.Description()})
	}
	b.WriteString(aligned(rows))
	return nil
}
