package schema

import (
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/document"
)

// longPattern is the length from which a regular expression tells a person
// nothing.
const longPattern = 24

// Constraints says within which bounds a value must be: "1 to 100", "one of a,
// b", "at most 5 characters". It is empty if there are none.
func (s Schema) Constraints() string {
	var out []string
	add := func(parts ...string) { out = append(out, strings.Join(parts, " ")) }
	if c := s.word("const"); c != "" {
		add("only", c)
	}
	if enum := s.node.Get("enum"); enum != nil {
		values := make([]string, len(enum.Items))
		for i, item := range enum.Items {
			values[i] = literal(item)
		}
		add("one of", strings.Join(values, ", "))
	}
	span(add, s.word("minimum"), s.word("maximum"), "")
	if v := s.word("exclusiveMinimum"); v != "" {
		add("above", v)
	}
	if v := s.word("exclusiveMaximum"); v != "" {
		add("below", v)
	}
	if v := s.word("multipleOf"); v != "" {
		add("a multiple of", v)
	}
	span(add, s.word("minLength"), s.word("maxLength"), "characters")
	span(add, s.word("minItems"), s.word("maxItems"), "items")
	if s.word("uniqueItems") == "true" {
		add("no item twice")
	}
	switch v := s.word("pattern"); {
	case len(v) > longPattern && s.example() != "":
		add("such as", s.example())
	case len(v) > longPattern:
		add("of a pattern (see -o json)")
	case v != "":
		add("matching", v)
	}
	if v := s.word("format"); v != "" {
		add("as", v)
	}
	return strings.Join(out, ", ")
}

// example returns the first example of a value, empty where there is none.
func (s Schema) example() string {
	examples := s.node.Get("examples")
	if examples == nil || len(examples.Items) == 0 || !examples.Items[0].Scalar() {
		return ""
	}
	return literal(examples.Items[0])
}

// word returns a keyword's value, empty where it is not a scalar or not there.
func (s Schema) word(name string) string {
	v := s.node.Get(name)
	if v == nil || !v.Scalar() {
		return ""
	}
	return literal(v)
}

func literal(v *document.Node) string {
	if v.Kind == document.String && v.Text != "" {
		return v.Text
	}
	return string(v.JSON())
}

func span(add func(...string), least, most, unit string) {
	var parts []string
	switch {
	case least == "" && most == "":
		return
	case least == most:
		parts = []string{"exactly", least}
	case most == "":
		parts = []string{"at least", least}
	case least == "":
		parts = []string{"at most", most}
	default:
		parts = []string{least, "to", most}
	}
	if parts[len(parts)-1] == "1" {
		unit = strings.TrimSuffix(unit, "s")
	}
	if unit != "" {
		parts = append(parts, unit)
	}
	add(parts...)
}
