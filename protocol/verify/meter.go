package verify

import (
	"errors"
	"regexp/syntax"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A meter bounds what the library's validation costs, which multiplies where
// schemas do from level to level.
type meter struct {
	mu     sync.Mutex // held while the library validates
	left   int
	factor int // by what everything is dearer, because of the numbers that there are
}

// spend ends the validation when too much is spent.
func (m *meter) spend(n int) {
	if m.left -= min(n, MaxSchemaWork) * m.factor; m.left < 0 {
		panic(errTooCostly)
	}
}

var (
	errTooCostly = errors.New("takes more work than a check may")
	errBroken    = errors.New("cannot be checked against what the schema asks")
)

// countedFormat is the name of the format of a schema that has none.
const countedFormat = "any"

// count has the meter know of each time that the library applies s. A schema's
// format is among the first things that the library looks at, before whatever
// follows from s and may be much.
func (m *meter) count(s *jsonschema.Schema, weight int) {
	p, format := priceOf(s, weight), s.Format
	counted := &jsonschema.Format{Name: countedFormat}
	if format != nil {
		counted.Name = format.Name
	}
	counted.Validate = func(v any) error {
		m.spend(p.of(v))
		switch text, isText := v.(string); {
		case format == nil:
			return nil
		case format.Name == "regex" && isText: // not to be counted among the schema's own
			_, err := syntax.Parse(text, syntax.Perl)
			return err
		default:
			return format.Validate(v)
		}
	}
	s.Format = counted
}

// validate is schema.Validate within a budget, and returns what of it is spent.
// factor is by what the value's numbers are dearer than others.
func (m *meter) validate(schema *jsonschema.Schema, v any, budget, factor int) (spent int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left, m.factor = budget, factor
	defer func() {
		spent = budget - max(m.left, 0)
		switch p := recover(); p {
		case nil:
		case errTooCostly:
			err = errTooCostly
		default: // a mistake in the library is one of this document's only
			err = errBroken
		}
	}()
	return 0, schema.Validate(v)
}
