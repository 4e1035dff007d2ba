package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/schema"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

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
		names := make([]string, len(system.Links))
		for i, l := range system.Links {
			names[i] = l.Link
		}
		there(&b, "parts", system.Parts)
		there(&b, "links", names)
		for _, f := range system.Faults {
			if err := parameters(&b, f.Kind, f.target(), f.about(), f.With); err != nil {
				return "", err
			}
		}
	}
	return b.String(), nil
}

// maxLine is how wide a line of names gets.
const maxLine = 88

// there writes names, where there are any, in lines of their own.
func there(b *strings.Builder, title string, names []string) {
	if len(names) == 0 {
		return
	}
	fmt.Fprintf(b, "\n  %s, of the default topology", title)
	width := maxLine // so that the first begins a line
	for i, name := range names {
		if i < len(names)-1 {
			name += ","
		}
		if width+1+len(name) > maxLine {
			b.WriteString("\n     ")
			width = len("     ")
		}
		b.WriteString(" " + name)
		width += 1 + len(name)
	}
	b.WriteString("\n")
}

// target says in words what a fault is done to.
func (f listedFault) target() string {
	if len(f.Parts) > 0 {
		return "on one of " + strings.Join(f.Parts, ", ")
	}
	switch f.On {
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

// about says what a fault does, and where it cannot be had.
func (f listedFault) about() string {
	if f.Missing == "" {
		return f.Summary
	}
	return f.Summary + "\n      Not in the default topology: " + f.Missing + "."
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
