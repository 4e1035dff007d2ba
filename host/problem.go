package host

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Problem is one wrong thing in a configuration file.
type Problem struct {
	// File is the path of the file as it was given.
	File string
	// Line and Column are where the field begins, from 1; zero where the
	// configuration was not read from a file.
	Line, Column int
	// Path leads to the field: "subjects.orders.config.urls[0]".
	Path string
	// Message says what is wrong and what to do.
	Message string
}

// String renders the problem as compilers do: file:line:column: path: message.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File + ":")
		if p.Line > 0 {
			fmt.Fprintf(&b, "%d:%d:", p.Line, p.Column)
		}
		b.WriteByte(' ')
	}
	if p.Path != "" {
		b.WriteString(printable(p.Path, maxQuoted) + ": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// maxListed is how many problems an error lists.
const maxListed = 50

// A ConfigError is everything that is wrong with a configuration.
type ConfigError struct {
	// Problems are in the order of the file.
	Problems []Problem
	// Err is the subject's own error where it was the subject that refused its
	// configuration, else nil.
	Err error
}

// Error lists the problems, one on a line.
func (e *ConfigError) Error() string {
	if len(e.Problems) == 1 {
		return e.Problems[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the configuration has %d problems:", len(e.Problems))
	for i, p := range e.Problems {
		if i == maxListed {
			fmt.Fprintf(&b, "\n  ... and %d more", len(e.Problems)-i)
			break
		}
		b.WriteString("\n  " + p.String())
	}
	return b.String()
}

// Unwrap returns the subject's own error.
func (e *ConfigError) Unwrap() error { return e.Err }

// configError returns the problems as an error in the file's order, nil for
// none.
func configError(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	problems = slices.Clone(problems)
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &ConfigError{Problems: problems}
}

// maxQuoted is how many bytes of the file's own text an error shows.
const maxQuoted = 120

// quote makes text from the file fit for an error.
func quote(s string) string {
	if len(s) > maxQuoted {
		return strconv.Quote(strings.ToValidUTF8(s[:maxQuoted], "")) + "..."
	}
	return strconv.Quote(s)
}

// printable is s without quotes, cut and with everything unprintable escaped.
func printable(s string, limit int) string {
	cut := ""
	if len(s) > limit {
		s, cut = strings.ToValidUTF8(s[:limit], ""), "..."
	}
	var b strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
	}
	return b.String() + cut
}
