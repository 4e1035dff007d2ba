package subjecttest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// fault is what is wrong with a document that was made wrong.
type fault string

const (
	missingField fault = "a required field is missing"
	unknownField fault = "there is a field that the schema does not know"
	wrongType    fault = "a field is of a wrong type"
	outOfRange   fault = "a field is of the right type and out of its bounds"
)

// mutation is a document with one wrong field.
type mutation struct {
	fault fault
	at    []token
	path  string
	doc   any
}

func (m mutation) json() json.RawMessage { return encode(m.doc) }

// maxMutations bounds how many wrong documents are made of one.
const maxMutations = 1000

// unknownName is a field that no schema knows.
const unknownName = "subjecttest_no_such_field"

// mutations makes wrong documents of a valid one, each with one wrong field,
// by walking its schema. It makes only those that the schema itself refuses for
// that field; what is within alternatives (anyOf, oneOf) is left alone.
func mutations(schema *jsonschema.Schema, doc any) []mutation {
	m := &mutator{root: schema, doc: doc}
	m.walk(schema, doc, nil)
	return m.found
}

type mutator struct {
	root  *jsonschema.Schema
	doc   any
	found []mutation
}

func (m *mutator) walk(s *jsonschema.Schema, value any, at []token) {
	s = resolved(s)
	if s == nil || len(m.found) >= maxMutations {
		return
	}
	switch value := value.(type) {
	case map[string]any:
		for _, name := range s.Required {
			m.without(extended(at, name))
		}
		m.with(unknownField, extended(at, unknownName), true)
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			below := extended(at, name)
			m.field(s.Properties[name], below)
			if v, ok := value[name]; ok {
				m.walk(s.Properties[name], v, below)
			}
		}
	case []any:
		items := itemsOf(s)
		if items == nil || len(value) == 0 {
			return
		}
		below := extended(at, 0)
		m.field(items, below)
		m.walk(items, value[0], below)
	}
}

func itemsOf(s *jsonschema.Schema) *jsonschema.Schema {
	if s.Items2020 != nil {
		return s.Items2020
	}
	items, _ := s.Items.(*jsonschema.Schema)
	return items
}

// field gives a field a value of a wrong type, and values out of its bounds.
func (m *mutator) field(s *jsonschema.Schema, at []token) {
	for _, wrong := range []any{true, json.Number("12.5"), "subjecttest", []any{}, map[string]any{}, nil} {
		if m.with(wrongType, at, wrong) {
			break
		}
	}
	s = resolved(s)
	if s == nil {
		return
	}
	for _, wrong := range beyond(s) {
		m.with(outOfRange, at, wrong)
	}
}

// beyond returns values just out of a schema's bounds.
func beyond(s *jsonschema.Schema) []any {
	var values []any
	number := func(bound *big.Rat, step int64) {
		if bound != nil {
			f, _ := new(big.Rat).Add(bound, big.NewRat(step, 1)).Float64()
			values = append(values, json.Number(fmt.Sprintf("%.0f", f)))
		}
	}
	number(s.Minimum, -1)
	number(s.ExclusiveMinimum, 0)
	number(s.Maximum, 1)
	number(s.ExclusiveMaximum, 0)
	if s.MinLength != nil && *s.MinLength > 0 {
		values = append(values, strings.Repeat("x", *s.MinLength-1))
	}
	if s.MaxLength != nil && *s.MaxLength < 4<<20 {
		values = append(values, strings.Repeat("x", *s.MaxLength+1))
	}
	if s.Pattern != nil || s.Enum != nil {
		values = append(values, "subjecttest no such value", "")
	}
	if s.MinItems != nil && *s.MinItems > 0 {
		values = append(values, []any{})
	}
	return values
}

// with adds doc with a wrong value, if the schema refuses that for the field.
func (m *mutator) with(f fault, at []token, value any) bool {
	return m.add(f, at, with(m.doc, at, value))
}

func (m *mutator) without(at []token) { m.add(missingField, at, without(m.doc, at)) }

func (m *mutator) add(f fault, at []token, doc any) bool {
	path := pathOf(at)
	paths, plain := wrongPaths(m.root, doc)
	if !plain || len(paths) != 1 || paths[0] != path || f == outOfRange && m.isTypeError(at, doc) {
		return false
	}
	if len(m.found) < maxMutations {
		m.found = append(m.found, mutation{fault: f, at: at, path: path, doc: doc})
	}
	return true
}

// isTypeError reports whether a value that was to be out of bounds is of
// another type than its field, such as text for an enumeration of numbers.
func (m *mutator) isTypeError(at []token, doc any) bool {
	was, ok := lookUp(m.doc, at)
	is, _ := lookUp(doc, at)
	return ok && fmt.Sprintf("%T", was) != fmt.Sprintf("%T", is)
}

// several makes one document of mutations that do not touch the same place, and
// returns it with the paths that the schema refuses.
func several(schema *jsonschema.Schema, doc any, found []mutation) (any, []string) {
	const most = 20
	var done [][]token
	for _, m := range found {
		if len(done) == most {
			break
		}
		if m.fault == missingField || slices.ContainsFunc(done, func(at []token) bool { return within(at, m.at) || within(m.at, at) }) {
			continue
		}
		value, _ := lookUp(m.doc, m.at)
		next := with(doc, m.at, value)
		if paths, plain := wrongPaths(schema, next); plain && len(paths) == len(done)+1 {
			doc, done = next, append(done, m.at)
		}
	}
	paths, _ := wrongPaths(schema, doc)
	return doc, paths
}

// within reports whether outer leads to inner, or to what it is in.
func within(outer, inner []token) bool {
	return len(outer) <= len(inner) && slices.Equal(outer, inner[:len(outer)])
}

// extended returns at with one more step, in memory of its own.
func extended(at []token, t token) []token { return append(slices.Clone(at), t) }

// leaves calls visit for each field of a schema that is no object or list, and
// where it would be in a document, a list's items as its first.
func leaves(s *jsonschema.Schema, at []token, depth int, visit func(s *jsonschema.Schema, at []token)) {
	const deepest = 20 // a schema may refer to itself
	if s = resolved(s); s == nil || depth > deepest {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		leaves(s.Properties[name], extended(at, name), depth+1, visit)
	}
	if items := itemsOf(s); items != nil {
		leaves(items, extended(at, 0), depth+1, visit)
	}
	if len(s.Properties) == 0 && itemsOf(s) == nil {
		visit(s, at)
	}
}

// permits reports whether a schema permits a type; one that names none permits
// all.
func permits(s *jsonschema.Schema, name string) bool {
	return s.Types == nil || s.Types.IsEmpty() || slices.Contains(s.Types.ToStrings(), name)
}
