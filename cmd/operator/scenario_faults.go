package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// A listedSystem is a system in 'scenario faults', and its JSON. Parts and Links
// are those of the default topology.
type listedSystem struct {
	System   string          `json:"system"`
	Summary  string          `json:"summary"`
	Topology json.RawMessage `json:"topology,omitempty"`
	Load     json.RawMessage `json:"load,omitempty"`
	Parts    []string        `json:"parts"`
	Links    []listedLink    `json:"links"`
	Faults   []listedFault   `json:"faults"`
}

// A listedLink is a link by its name, and whether it carries HTTP.
type listedLink struct {
	Link string `json:"link"`
	HTTP bool   `json:"http"`
}

// A listedFault is a kind of fault. With is the JSON Schema of its parameters.
// Parts are those that it can be done to, where those are not all. Missing is why
// it cannot be had in the default topology, empty where it can.
type listedFault struct {
	Kind    string          `json:"kind"`
	Summary string          `json:"summary"`
	On      stack.Target    `json:"on,omitempty"`
	Parts   []string        `json:"parts,omitempty"`
	Missing string          `json:"missing,omitempty"`
	With    json.RawMessage `json:"with,omitempty"`
}

func (s *scenarioCLI) faultsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "faults [SYSTEM]",
		Short: "List what a system is made of, what it can be hurt by, and how its shape and load are described",
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
			listed, err := listedOf(one)
			if err != nil {
				return err
			}
			list = append(list, listed)
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

func listedOf(system stack.System) (listedSystem, error) {
	listed := listedSystem{
		System: system.Name, Summary: system.Summary, Topology: system.Topology, Load: system.LoadSchema,
		Parts: []string{}, Links: []listedLink{}, Faults: []listedFault{},
	}
	var layout stack.Layout
	if system.Layout != nil {
		var err error
		if layout, err = system.Layout(nil); err != nil {
			return listedSystem{}, fmt.Errorf("the default topology of %s: %w", system.Name, err)
		}
	}
	listed.Parts = append(listed.Parts, layout.Parts...)
	for _, l := range layout.Links {
		listed.Links = append(listed.Links, listedLink{l.Name(), l.HTTP})
	}
	for _, k := range system.Kinds {
		listed.Faults = append(listed.Faults, listedFault{
			Kind: k.Name, Summary: k.Summary, On: k.On, Parts: layout.Only[k.Name], Missing: layout.Missing[k.Name], With: k.With,
		})
	}
	return listed, nil
}
