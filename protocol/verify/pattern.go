package verify

import (
	"errors"
	"regexp"
	"regexp/syntax"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var errPatternTooLarge = errors.New("the regular expression is too large")

// pattern compiles a regular expression, if that is no more work than patterns
// may be: a short one with repetitions can be a program of many megabytes.
func (s *schemas) pattern(expr string) (jsonschema.Regexp, error) {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, err
	}
	size := patternSize(tree)
	// The library has each compiled twice: to see whether it can be, and to use it.
	if s.patterns += size; size > MaxPatternSize || s.patterns > 2*MaxPatternsSize {
		return nil, errPatternTooLarge
	}
	compiled, err := regexp.Compile(expr)
	if err != nil {
		return nil, err
	}
	return pattern{compiled, size, s.meter}, nil
}

// A pattern is a regular expression and how many instructions it has.
type pattern struct {
	*regexp.Regexp

	size  int
	meter *meter
}

// MatchString is the library's, which spends.
func (p pattern) MatchString(text string) bool {
	p.meter.spend(p.effort(len(text)))
	return p.Regexp.MatchString(text)
}

// effort is the work of matching so many bytes.
func (p pattern) effort(bytes int) int { return 1 + bytes*(1+p.size)/25 }

func patternSize(tree *syntax.Regexp) int {
	size := 1 + len(tree.Rune)
	for _, sub := range tree.Sub {
		size += patternSize(sub)
	}
	if tree.Op == syntax.OpRepeat {
		size *= max(tree.Min+1, tree.Max, 1)
	}
	return size
}
