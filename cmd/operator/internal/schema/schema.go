// Package schema reads JSON Schemas (draft 2020-12) as far as a person needs
// to: which fields there are, of what type, within which bounds, and what they
// are for. It validates nothing; that is the subject's business.
package schema

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/document"
)

// A Schema is one JSON Schema, in the document that it is part of.
type Schema struct {
	root *document.Node
	node *document.Node // with its references followed
}

// A Property is a named field of an object.
type Property struct {
	Name     string
	Required bool
	Schema   Schema
}

// Parse reads a schema.
func Parse(raw json.RawMessage) (Schema, error) {
	root, err := document.Parse(raw)
	if err != nil {
		return Schema{}, fmt.Errorf("parse JSON Schema: %w", err)
	}
	return Schema{root: root, node: root}.resolve(), nil
}

// maxRefs bounds how many references in a row are followed.
const maxRefs = 20

// resolve follows a reference within the document. What stands beside the
// reference, such as a description, is kept and has precedence.
func (s Schema) resolve() Schema {
	for range maxRefs {
		ref := s.node.Get("$ref")
		if ref == nil {
			return s
		}
		target := s.lookup(ref.Text)
		if target == nil {
			return s
		}
		merged := &document.Node{Kind: document.Object}
		for _, m := range s.node.Members {
			if m.Key != "$ref" {
				merged.Members = append(merged.Members, m)
			}
		}
		for _, m := range target.Members {
			if merged.Get(m.Key) == nil {
				merged.Members = append(merged.Members, m)
			}
		}
		s.node = merged
	}
	return s
}

// lookup follows a JSON pointer, "#/$defs/name".
func (s Schema) lookup(ref string) *document.Node {
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil
	}
	node := s.root
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if part != "" {
			node = node.Get(strings.NewReplacer("~1", "/", "~0", "~").Replace(part))
		}
	}
	return node
}

func (s Schema) sub(node *document.Node) Schema {
	return Schema{root: s.root, node: node}.resolve()
}

// Types returns the JSON types that a value may have, nil if that is not said.
func (s Schema) Types() []string { return s.types(0) }

// maxTypes is how deep types are looked for: a schema may be a list of itself.
const maxTypes = 5

func (s Schema) types(depth int) []string {
	if depth > maxTypes {
		return nil
	}
	var types []string
	add := func(t string) {
		if t != "" && !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	if t := s.node.Get("type"); t != nil {
		if t.Kind == document.String {
			add(t.Text)
		}
		for _, item := range t.Items {
			add(item.Text)
		}
		return types
	}
	for _, word := range []string{"anyOf", "oneOf"} {
		if list := s.node.Get(word); list != nil {
			for _, item := range list.Items {
				for _, t := range s.sub(item).types(depth + 1) {
					add(t)
				}
			}
		}
	}
	values := s.node.Get("enum")
	if c := s.node.Get("const"); c != nil {
		values = &document.Node{Items: []*document.Node{c}}
	}
	if len(types) == 0 && values != nil {
		for _, v := range values.Items {
			add(typeOf(v.Kind))
		}
	}
	if len(types) == 0 && s.node.Get("properties") != nil {
		add("object")
	}
	return types
}

func typeOf(k document.Kind) string {
	return [...]string{"null", "boolean", "number", "string", "array", "object"}[k]
}

// Type says the type in words: "string", "list of strings", "integer or null".
func (s Schema) Type() string { return s.typeName(0) }

func (s Schema) typeName(depth int) string {
	if depth > maxTypes {
		return "any"
	}
	types := s.types(depth)
	if items := s.node.Get("items"); items != nil && items.Kind == document.Object {
		if i := slices.Index(types, "array"); i >= 0 {
			types[i] = "list of " + plural(s.sub(items).typeName(depth+1))
		}
	}
	if extra, ok := s.Additional(); ok {
		if i := slices.Index(types, "object"); i >= 0 && s.node.Get("properties") == nil {
			types[i] = "map of " + plural(extra.typeName(depth+1))
		}
	}
	// A null in first place is how generators say "optional".
	if i := slices.Index(types, "null"); i >= 0 && len(types) > 1 {
		types = append(slices.Delete(types, i, i+1), "null")
	}
	if len(types) == 0 {
		return "any"
	}
	return strings.Join(types, " or ")
}

func plural(t string) string {
	if t == "any" || strings.Contains(t, " ") {
		return t
	}
	return t + "s"
}

// Properties returns an object's declared fields in their order.
func (s Schema) Properties() []Property {
	node := s.node.Get("properties")
	if node == nil {
		return nil
	}
	var required []string
	if list := s.node.Get("required"); list != nil {
		for _, item := range list.Items {
			required = append(required, item.Text)
		}
	}
	properties := make([]Property, 0, len(node.Members))
	for _, m := range node.Members {
		properties = append(properties, Property{m.Key, slices.Contains(required, m.Key), s.sub(m.Value)})
	}
	return properties
}

// Property returns the declared field of that name.
func (s Schema) Property(name string) (Property, bool) {
	for _, p := range s.Properties() {
		if p.Name == name {
			return p, true
		}
	}
	return Property{}, false
}

// Closed tells that an object may have no fields but the declared ones.
func (s Schema) Closed() bool {
	extra := s.node.Get("additionalProperties")
	if extra == nil {
		return false
	}
	// Generators write the schema that nothing matches, {"not":{}}, for false.
	not := extra.Get("not")
	return extra.Kind == document.Bool && extra.Text == "false" || not != nil && len(not.Members) == 0
}

// Additional returns the schema of an object's fields that are not declared,
// if it has one.
func (s Schema) Additional() (Schema, bool) {
	extra := s.node.Get("additionalProperties")
	if extra == nil || extra.Kind != document.Object || s.Closed() {
		return Schema{}, false
	}
	return s.sub(extra), true
}

// Items returns the schema of an array's items, if it has one.
func (s Schema) Items() (Schema, bool) {
	items := s.node.Get("items")
	if items == nil || items.Kind != document.Object {
		return Schema{}, false
	}
	return s.sub(items), true
}

// Description is the schema's description, else its title.
func (s Schema) Description() string {
	for _, word := range []string{"description", "title"} {
		if d := s.node.Get(word); d != nil && d.Kind == document.String {
			return d.Text
		}
	}
	return ""
}

// Default is the default as JSON, a string without its quotes, and whether
// there is one.
func (s Schema) Default() (string, bool) {
	d := s.node.Get("default")
	switch {
	case d == nil:
		return "", false
	case d.Kind == document.String:
		return d.Text, true
	default:
		return string(d.JSON()), true
	}
}
