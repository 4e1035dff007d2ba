package subjecttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// compile compiles a JSON Schema. What it refers to has to be in it.
func compile(schema json.RawMessage) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, err
	}
	const url = "mem:///schema.json"
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	if err := c.AddResource(url, doc); err != nil {
		return nil, err
	}
	return c.Compile(url)
}

// noLoader keeps a schema's references from reading files.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("the schema refers to %s, which is not part of it", quoted(url))
}

// parse reads a JSON document with its numbers as they are written.
func parse(doc json.RawMessage) (any, error) { return jsonschema.UnmarshalJSON(bytes.NewReader(doc)) }

// encode writes what parse has read.
func encode(doc any) json.RawMessage {
	text, err := json.Marshal(doc)
	if err != nil { // not reached: it came from JSON
		return json.RawMessage("null")
	}
	return text
}

// resolved follows a schema's references.
func resolved(s *jsonschema.Schema) *jsonschema.Schema {
	for range 100 { // a loop of references alone would be no schema
		if s == nil || s.Ref == nil {
			break
		}
		s = s.Ref
	}
	return s
}

// token is a step into a document: a field's name or an item's number.
type token = any

// pathOf renders where something is, as a protocol.FieldError has it.
func pathOf(at []token) string {
	var b strings.Builder
	for _, t := range at {
		switch t := t.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(t) + "]")
		case string:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(t)
		}
	}
	return b.String()
}

// with returns doc with value at the place that at leads to, making objects on
// the way; doc is as it was.
func with(doc any, at []token, value any) any {
	if len(at) == 0 {
		return value
	}
	rest := at[1:]
	switch t := at[0].(type) {
	case int:
		items, _ := doc.([]any)
		items = slices.Clone(items)
		for len(items) <= t {
			items = append(items, nil)
		}
		items[t] = with(items[t], rest, value)
		return items
	default:
		fields := cloned(doc)
		name, _ := t.(string)
		fields[name] = with(fields[name], rest, value)
		return fields
	}
}

// without returns doc without the field that at leads to.
func without(doc any, at []token) any {
	last, ok := at[len(at)-1].(string)
	if !ok {
		return doc
	}
	parent, found := lookUp(doc, at[:len(at)-1])
	if !found {
		return doc
	}
	fields := cloned(parent)
	delete(fields, last)
	return with(doc, at[:len(at)-1], fields)
}

// lookUp returns what is at a place of a document.
func lookUp(doc any, at []token) (any, bool) {
	for _, t := range at {
		switch t := t.(type) {
		case int:
			items, ok := doc.([]any)
			if !ok || t >= len(items) {
				return nil, false
			}
			doc = items[t]
		case string:
			fields, ok := doc.(map[string]any)
			if !ok {
				return nil, false
			}
			if doc, ok = fields[t]; !ok {
				return nil, false
			}
		}
	}
	return doc, true
}

func cloned(doc any) map[string]any {
	fields := make(map[string]any)
	if old, ok := doc.(map[string]any); ok {
		maps.Copy(fields, old)
	}
	return fields
}

// wrongPaths returns the paths of what a schema has against a document, none if
// nothing; plain tells that each of them stands for itself and is not one of
// several alternatives.
func wrongPaths(schema *jsonschema.Schema, doc any) (paths []string, plain bool) {
	err := schema.Validate(doc)
	if err == nil {
		return nil, true
	}
	ve, ok := err.(*jsonschema.ValidationError) //nolint:errorlint // Validate returns this very type
	if !ok {
		return nil, false
	}
	plain = true
	var walk func(e *jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		at := place(doc, e.InstanceLocation)
		switch k := e.ErrorKind.(type) {
		case *kind.Required:
			for _, name := range k.Missing {
				paths = append(paths, pathOf(append(at, name)))
			}
		case *kind.AdditionalProperties:
			for _, name := range k.Properties {
				paths = append(paths, pathOf(append(at, name)))
			}
		case *kind.AnyOf, *kind.OneOf, *kind.Not, *kind.PropertyNames, *kind.DependentRequired, *kind.Contains:
			plain = false
		default:
			if len(e.Causes) == 0 {
				paths = append(paths, pathOf(at))
			}
		}
		for _, cause := range e.Causes {
			walk(cause)
		}
	}
	walk(ve)
	slices.Sort(paths)
	return slices.Compact(paths), plain
}

// place makes tokens of a location: the document tells an item's number from a
// field that is called by a number.
func place(doc any, location []string) []token {
	at := make([]token, 0, len(location)+1)
	for _, step := range location {
		if items, ok := doc.([]any); ok {
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(items) {
				at, doc = append(at, i), items[i]
				continue
			}
		}
		fields, _ := doc.(map[string]any)
		at, doc = append(at, step), fields[step]
	}
	return at
}
