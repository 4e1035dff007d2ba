package scenario

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// document checks a JSON document by a schema. Without a schema there must be
// no document.
func (c *checker) document(path string, doc, schema json.RawMessage, isObject bool) {
	switch {
	case unset(doc):
		return
	case len(schema) == 0:
		c.bad(path, "there is nothing to be said here")
		return
	case isObject && !bytes.HasPrefix(bytes.TrimSpace(doc), []byte("{")):
		c.bad(path, "want a mapping")
		return
	}
	validator, err := kit.NewValidator(schema)
	if err != nil {
		c.bad(path, "cannot be checked: %v", err)
		return
	}
	for _, f := range validator.Validate(doc) {
		at := path
		switch {
		case strings.HasPrefix(f.Path, "["):
			at += f.Path
		case f.Path != "":
			at += "." + f.Path
		}
		message := f.Message
		if message == "there is no such field" {
			message += didYouMean(f.Path[strings.LastIndexByte(f.Path, '.')+1:], properties(schema))
		}
		c.bad(at, "%s", message)
	}
}

// properties are the names of all properties that a schema declares, wherever.
func properties(schema json.RawMessage) []string {
	var doc any
	if json.Unmarshal(schema, &doc) != nil {
		return nil
	}
	names := make(map[string]bool)
	visitSchemas(doc, func(s map[string]any) {
		if declared, ok := s["properties"].(map[string]any); ok {
			for name := range declared {
				names[name] = true
			}
		}
	})
	return slices.Sorted(maps.Keys(names))
}

// relaxed is a schema that wants nothing to be there.
func relaxed(schema json.RawMessage) (json.RawMessage, error) {
	var doc any
	if err := json.Unmarshal(schema, &doc); err != nil {
		return nil, err
	}
	visitSchemas(doc, func(s map[string]any) {
		for _, keyword := range []string{"required", "minProperties", "dependentRequired"} {
			delete(s, keyword)
		}
	})
	return json.Marshal(doc)
}

// visitSchemas calls visit for a schema and those in it.
func visitSchemas(schema any, visit func(map[string]any)) {
	s, ok := schema.(map[string]any)
	if !ok {
		return
	}
	visit(s)
	for keyword, value := range s {
		switch keyword {
		case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas":
			if named, ok := value.(map[string]any); ok {
				for _, sub := range named {
					visitSchemas(sub, visit)
				}
			}
		case "allOf", "anyOf", "oneOf", "prefixItems":
			if subs, ok := value.([]any); ok {
				for _, sub := range subs {
					visitSchemas(sub, visit)
				}
			}
		case "items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames":
			visitSchemas(value, visit)
		}
	}
}

// withoutNulls is a merge patch without what it removes.
func withoutNulls(patch json.RawMessage) (json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader(patch))
	decoder.UseNumber()
	var doc any
	if err := decoder.Decode(&doc); err != nil {
		return nil, err
	}
	var strip func(any)
	strip = func(v any) {
		object, _ := v.(map[string]any)
		for name, value := range object {
			if value == nil {
				delete(object, name)
			}
			strip(value)
		}
	}
	strip(doc)
	return json.Marshal(doc)
}
