package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemas compiles the schemas of one definition.
type schemas struct {
	*problems

	compiler *jsonschema.Compiler
	meter    *meter
	nodes    map[*jsonschema.Schema]*node
	metered  map[*jsonschema.Schema]bool
	values   int // in all schemas
	patterns int // instructions, in all schemas
	compiled int
}

func newSchemas(p *problems) *schemas {
	s := &schemas{
		problems: p, compiler: jsonschema.NewCompiler(), meter: &meter{left: unbounded},
		nodes: make(map[*jsonschema.Schema]*node), metered: make(map[*jsonschema.Schema]bool),
	}
	s.compiler.UseLoader(noLoader{})
	s.compiler.UseRegexpEngine(s.pattern)
	return s
}

// noLoader keeps a schema's references from reading files or the network.
type noLoader struct{}

// Load implements jsonschema.URLLoader.
func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("it refers to %s, which is not part of it", quote(url))
}

// compile returns the schema at path, or nil if something is wrong with it.
func (s *schemas) compile(path string, raw json.RawMessage) *document {
	if !wellFormed(s.problems, path, raw) {
		return nil
	}
	values, factor := countValues(raw)
	if s.values += values; s.values > MaxSchemaValues {
		s.add(path, "is too large: the schemas have more than %d values together", MaxSchemaValues)
		return nil
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil { // not reached: it is well-formed
		s.add(path, "is not a JSON document")
		return nil
	}
	url := "mem:///" + strconv.Itoa(s.compiled) + ".json"
	s.compiled++
	schema, err := s.compileAt(url, doc)
	if err != nil {
		s.add(path, "is no JSON Schema: %s", clip(err.Error()))
		return nil
	}
	all := reachable(schema)
	weight, problem := weigh(all)
	if problem != "" {
		s.add(path, "%s", problem)
		return nil
	}
	root := s.node(schema)
	if slices.ContainsFunc(all, isDynamic) {
		root = &node{schema: schema, exotic: "$dynamicRef"} // reading has to begin where the schema does
	}
	for _, sub := range all {
		if !s.metered[sub] {
			s.metered[sub] = true
			s.meter.count(sub, weight)
		}
	}
	return &document{root: root, plain: root.plain(make(map[*node]bool)), meter: s.meter, factor: factor}
}

// compileAt keeps a mistake in the library, which has not seen every schema that
// there is, from ending the process.
func (s *schemas) compileAt(url string, doc any) (schema *jsonschema.Schema, err error) {
	defer func() {
		if recover() != nil {
			schema, err = nil, errors.New("it cannot be understood")
		}
	}()
	if err := s.compiler.AddResource(url, doc); err != nil {
		return nil, err
	}
	return s.compiler.Compile(url)
}

// maxSchemaError is how much is told of why a schema is none, in bytes.
const maxSchemaError = 300

func clip(s string) string {
	quoted := strconv.Quote(s[:min(len(s), maxSchemaError)])
	return quoted[1 : len(quoted)-1]
}

// inPlace are the schemas that apply to the same value as s does.
func inPlace(s *jsonschema.Schema) []*jsonschema.Schema {
	all := []*jsonschema.Schema{s.Ref, s.RecursiveRef, s.Not, s.If, s.Then, s.Else}
	if s.DynamicRef != nil {
		all = append(all, s.DynamicRef.Ref)
	}
	all = append(append(append(all, s.AllOf...), s.AnyOf...), s.OneOf...)
	for _, sub := range s.DependentSchemas {
		all = append(all, sub)
	}
	for _, dependency := range s.Dependencies {
		if sub, ok := dependency.(*jsonschema.Schema); ok {
			all = append(all, sub)
		}
	}
	return present(all)
}

// within are the schemas that apply to what is in the value.
func within(s *jsonschema.Schema) []*jsonschema.Schema {
	first, second := aside(s)
	return append(first, second...)
}

// aside is within by how it applies: of the first, one at most to each field or
// item, and of the second all.
func aside(s *jsonschema.Schema) (first, second []*jsonschema.Schema) {
	for _, sub := range s.Properties {
		first = append(first, sub)
	}
	first = append(first, s.PrefixItems...)
	if items, ok := s.Items.([]*jsonschema.Schema); ok {
		first = append(first, items...)
	}
	second = append(second,
		s.PropertyNames, s.UnevaluatedProperties, s.Contains, s.Items2020, s.UnevaluatedItems, s.ContentSchema,
		one(s.AdditionalProperties), one(s.Items), one(s.AdditionalItems))
	for _, sub := range s.PatternProperties {
		second = append(second, sub)
	}
	return present(first), present(second)
}

// one is for what the library has as a schema or something else.
func one(v any) *jsonschema.Schema {
	s, _ := v.(*jsonschema.Schema)
	return s
}

func present(all []*jsonschema.Schema) []*jsonschema.Schema {
	kept := all[:0]
	for _, s := range all {
		if s != nil {
			kept = append(kept, s)
		}
	}
	return kept
}
