package host

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// LookupEnv returns a variable of the environment and whether it is set, as
// os.LookupEnv does.
type LookupEnv func(name string) (value string, ok bool)

// A secret is what one ${NAME} expanded to. Not every such value is one, but
// which are cannot be told.
type secret struct{ name, value string }

// expanded is a value after its ${...} were replaced.
type expanded struct {
	text string
	// from are the variables whose values are in text.
	from []secret
	// whole tells that the value was one ${...} and nothing else.
	whole bool
}

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand replaces ${NAME}, ${NAME:-default} and $$ in s. A dollar sign before
// anything else stands for itself. What is put in is not looked at again.
// There is an error for every variable that is missing.
func expand(s string, lookup LookupEnv) (expanded, []error) {
	var out expanded
	var b strings.Builder
	var errs []error
	for rest := s; rest != ""; {
		i := strings.IndexByte(rest, '$')
		if i < 0 || i == len(rest)-1 {
			b.WriteString(rest)
			break
		}
		b.WriteString(rest[:i])
		switch rest[i+1] {
		case '$':
			b.WriteByte('$')
			rest = rest[i+2:]
		case '{':
			inner, after, closed := strings.Cut(rest[i+2:], "}")
			if !closed {
				return expanded{}, append(errs, errors.New("${ is never closed: write ${NAME}, or $${ for the characters themselves"))
			}
			out.whole = i == 0 && len(rest) == len(s) && after == ""
			rest = after
			value, from, err := variable(inner, lookup)
			if err != nil {
				errs = append(errs, err)
			}
			b.WriteString(value)
			out.from = append(out.from, from...)
		default:
			b.WriteByte('$')
			rest = rest[i+1:]
		}
	}
	out.text = b.String()
	return out, errs
}

// variable returns what stands for ${inner}.
func variable(inner string, lookup LookupEnv) (string, []secret, error) {
	name, fallback, hasFallback := strings.Cut(inner, ":-")
	if !envName.MatchString(name) {
		return "", nil, fmt.Errorf("%s is no name of a variable: write ${NAME} or ${NAME:-default}, or $$ for a dollar sign", quote(name))
	}
	value, ok := lookup(name)
	switch {
	case hasFallback && value == "":
		return fallback, nil, nil
	case !ok:
		return "", nil, fmt.Errorf("the environment variable %s is not set: set it, or give a default as in ${%s:-default}", name, name)
	case value == "":
		return "", nil, nil
	default:
		return value, []secret{{name, value}}, nil
	}
}
