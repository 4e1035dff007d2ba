package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/document"
	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/render"
)

// A listFormat is the value of -o of the commands that list something.
type listFormat string

// textOrJSON gives a command the flag -o.
func textOrJSON(cmd *cobra.Command) *listFormat {
	f := listFormat("text")
	cmd.Flags().VarP(&f, "output", "o", "output `format`: text, json")
	// It only fails for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return &f
}

// Set implements pflag.Value.
func (f *listFormat) Set(s string) error {
	if s != "text" && s != "json" {
		return fmt.Errorf("want one of text, json")
	}
	*f = listFormat(s)
	return nil
}

// String implements pflag.Value.
func (f *listFormat) String() string { return string(*f) }

// Type implements pflag.Value.
func (f *listFormat) Type() string { return "format" }

// show prints a list as JSON, or its rows, the first of which is their titles.
func (s *scenarioCLI) show(f *listFormat, list any, rows [][]string) error {
	if *f == "json" {
		return s.json(list)
	}
	return s.print(aligned(rows))
}

// json prints a value as JSON that a terminal can be shown.
func (s *scenarioCLI) json(v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return s.print(string(document.Escape(b.Bytes())))
}

func (s *scenarioCLI) print(text string) error {
	if _, err := fmt.Fprint(s.streams.Out, strings.TrimRight(text, "\n")+"\n"); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// aligned writes rows in columns, without spaces at the ends. What is in them is
// fit for a terminal then, wherever it comes from.
func aligned(rows [][]string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, text := range row {
			cells[i] = render.Prose(text)
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	_ = w.Flush() // a Builder takes everything
	lines := strings.Split(b.String(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}
