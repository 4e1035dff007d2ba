package kit

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// A Refinement says of one field what its Go type cannot.
type Refinement struct {
	// Path leads to the field: "redis.timeout", "management.urls", and with []
	// into a list's items: "management.urls[]". Empty, it is the whole document.
	Path string
	// Refine changes the field's schema.
	Refine func(s *jsonschema.Schema)
}

// Schema derives the JSON Schema (draft 2020-12) of T from its json tags, with
// descriptions from its jsonschema tags. Fields without omitempty or omitzero
// are required, and unknown fields are refused. defaults, if not nil, is a T
// whose values become the schema's defaults; secrets have none. A list that a
// refinement gives a least number of items cannot be null either.
func Schema[T any](defaults *T, refinements ...Refinement) (json.RawMessage, error) {
	s, err := jsonschema.For[T](&jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[Duration]():        {Type: "string", Pattern: durationPattern, Examples: []any{"500ms", "1m30s"}},
		reflect.TypeFor[Secret]():          {Type: "string", WriteOnly: true},
		reflect.TypeFor[json.RawMessage](): {},
	}})
	if err != nil {
		return nil, fmt.Errorf("derive the schema: %w", err)
	}
	s.Schema = "https://json-schema.org/draft/2020-12/schema"
	if defaults != nil {
		doc, err := json.Marshal(defaults)
		if err != nil {
			return nil, fmt.Errorf("derive the schema: defaults: %w", err)
		}
		setDefaults(s, doc)
	}
	for _, r := range refinements {
		field, err := descend(s, r.Path)
		if err != nil {
			return nil, err
		}
		r.Refine(field)
		if field.MinItems != nil && *field.MinItems > 0 {
			refuseNull(field)
		}
	}
	return json.Marshal(s)
}

// setDefaults gives every scalar and list its default; an object's are those of
// its fields.
func setDefaults(s *jsonschema.Schema, doc json.RawMessage) {
	var fields map[string]json.RawMessage
	if len(s.Properties) > 0 && json.Unmarshal(doc, &fields) == nil {
		for name, value := range fields {
			if property, ok := s.Properties[name]; ok {
				setDefaults(property, value)
			}
		}
		return
	}
	if !s.WriteOnly && !slices.Contains([]string{`null`, `""`, `[]`, `{}`}, string(doc)) {
		s.Default = doc
	}
}

// descend returns the schema of a field.
func descend(s *jsonschema.Schema, path string) (*jsonschema.Schema, error) {
	at := s
	if path == "" {
		return at, nil
	}
	for name := range strings.SplitSeq(path, ".") {
		name, item := strings.CutSuffix(name, "[]")
		next, ok := at.Properties[name]
		if !ok || item && next.Items == nil {
			return nil, fmt.Errorf("refine the schema: there is no field %s", path)
		}
		if at = next; item {
			at = next.Items
		}
	}
	return at, nil
}

// refuseNull takes null from the types: a Go slice may be null, and null has no
// items to count.
func refuseNull(s *jsonschema.Schema) {
	s.Types = slices.DeleteFunc(s.Types, func(t string) bool { return t == "null" })
	if len(s.Types) == 1 {
		s.Type, s.Types = s.Types[0], nil
	}
}
