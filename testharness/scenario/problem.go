package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A Problem is one wrong thing in a scenario: where it stands in the file, if
// it is from one, the path of the field, and what to do.
type Problem = host.Problem

// An Error is everything that is wrong with one scenario, or with the scenarios
// of several files.
type Error struct {
	// Problems are in the order of the files.
	Problems []Problem
}

// maxListed is how many problems an error lists.
const maxListed = 50

// Error lists the problems, one on a line.
func (e *Error) Error() string {
	if len(e.Problems) == 1 {
		return e.Problems[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "there are %d problems:", len(e.Problems))
	for i, p := range e.Problems {
		if i == maxListed {
			fmt.Fprintf(&b, "\n  ... and %d more", len(e.Problems)-i)
			break
		}
		b.WriteString("\n  " + p.String())
	}
	return b.String()
}

// problemsError returns the problems of one file as an error in the file's
// order, nil for none.
func problemsError(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Error{Problems: problems}
}

// located gives what is wrong with a scenario's fields its places in the file.
// What is said of a field that could not be read, or within one, is left out: it
// follows from that. So is that a field is missing which was written wrongly, or
// that there is nothing where it would have been all.
func (p *parser) located(fields []protocol.FieldError, root *node) []Problem {
	places := make(map[string]*node)
	root.walk("", func(path string, n *node) { places[path] = n })
	var problems []Problem
	for _, f := range fields {
		if slices.ContainsFunc(p.problems, func(known Problem) bool { return known.Path != "" && under(f.Path, known.Path) }) {
			continue
		}
		if slices.ContainsFunc(p.meant, func(meant string) bool {
			return under(f.Path, meant) || f.Path != "" && f.Path == parent(meant)
		}) {
			continue
		}
		at := places[nearestPlace(f.Path, places)]
		problems = append(problems, Problem{File: p.file, Line: at.line, Column: at.column, Path: f.Path, Message: f.Message})
	}
	return problems
}

// nearestPlace returns the longest part of a path that is in the file.
func nearestPlace(path string, places map[string]*node) string {
	for path != "" && places[path] == nil {
		path = parent(path)
	}
	return path
}

// parent is the path of what a field is in.
func parent(path string) string { return path[:max(0, strings.LastIndexAny(path, ".["))] }

// under tells whether a path leads to base or into it.
func under(path, base string) bool {
	rest, ok := strings.CutPrefix(path, base)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// didYouMean is the end of a message about an unknown name.
func didYouMean(name string, candidates []string) string {
	if near, ok := host.Nearest(name, candidates); ok {
		return "; did you mean " + near + "?"
	}
	return ""
}
