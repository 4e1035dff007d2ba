package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/bugs"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/standing"
)

// A listing is a command that lists all of something.
type listing[T any] struct {
	use, short, long string
	titles           []string
	all              func() []T
	// row is a line of the text, and document what JSON has of it.
	row      func(T) []string
	document func(T) any
}

// listingCommand makes the command. It takes no arguments.
func listingCommand[T any](s *scenarioCLI, l listing[T]) *cobra.Command {
	cmd := &cobra.Command{Use: l.use, Short: l.short, Long: l.long, Args: noArgs}
	output := textOrJSON(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		all := l.all()
		list, rows := make([]any, len(all)), make([][]string, len(all))
		for i, one := range all {
			list[i], rows[i] = l.document(one), l.row(one)
		}
		return s.show(output, list, append([][]string{l.titles}, rows...))
	}
	return cmd
}

func (s *scenarioCLI) rulesCommand() *cobra.Command {
	return listingCommand(s, listing[standing.Rule]{
		use:      "rules",
		short:    "List the standing rules, which are checked in every scenario",
		titles:   []string{"RULE", "NAME", "WHAT MUST BE SO"},
		all:      func() []standing.Rule { return s.harness().rules },
		row:      func(r standing.Rule) []string { return []string{strconv.Itoa(r.Number), r.Name, r.Summary} },
		document: func(r standing.Rule) any { return r },
	})
}

// A listedBug is the JSON of a line of 'scenario bugs'.
type listedBug struct {
	Name     string `json:"name"`
	Summary  string `json:"summary"`
	CaughtBy string `json:"caught_by"`
	System   string `json:"system"`
}

func (s *scenarioCLI) bugsCommand() *cobra.Command {
	return listingCommand(s, listing[bugs.Bug]{
		use:   "bugs",
		short: "List the known bugs that the standing rules are tried on",
		long: `List the known bugs that 'operator scenario run --bug NAME' puts into a subject, and
the standing rule that must catch each. The run with the bug must fail by that rule,
and without it pass.`,
		titles:   []string{"BUG", "SYSTEM", "CAUGHT BY", "WHAT IT IS"},
		all:      func() []bugs.Bug { return s.harness().bugs },
		row:      func(b bugs.Bug) []string { return []string{b.Name, b.System, b.CaughtBy, b.Summary} },
		document: func(b bugs.Bug) any { return listedBug{b.Name, b.Summary, b.CaughtBy, b.System} },
	})
}
