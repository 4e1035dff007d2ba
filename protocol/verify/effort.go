package verify

import (
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// reachable returns a schema and every schema that it leads to.
func reachable(root *jsonschema.Schema) []*jsonschema.Schema {
	seen := map[*jsonschema.Schema]bool{root: true}
	all := []*jsonschema.Schema{root}
	for i := 0; i < len(all); i++ {
		for _, sub := range append(inPlace(all[i]), within(all[i])...) {
			if !seen[sub] {
				seen[sub] = true
				all = append(all, sub)
			}
		}
	}
	return all
}

// weigh returns how many schemas, of all, apply to one value at most. It tells
// of schemas that would take forever, or the whole stack, on any value: that
// refer to themselves for the same value, or of which more apply to one than
// can be meant.
func weigh(all []*jsonschema.Schema) (weight int, problem string) {
	steps := make(map[*jsonschema.Schema]int, len(all)) // -1 while being counted
	var count func(*jsonschema.Schema) int
	count = func(schema *jsonschema.Schema) int {
		if n := steps[schema]; n != 0 {
			if n < 0 {
				problem = "refers to itself without end"
			}
			return max(n, 1)
		}
		steps[schema] = -1
		n := 1 + len(schema.PatternProperties)
		for _, sub := range inPlace(schema) {
			n = min(n+count(sub), MaxSchemaSteps+1)
		}
		steps[schema] = n
		if n > MaxSchemaSteps && problem == "" {
			problem = fmt.Sprintf("applies more than %d schemas to one value", MaxSchemaSteps)
		}
		return n
	}
	for _, schema := range all {
		weight = max(weight, count(schema))
	}
	return weight, problem
}

// isDynamic reports whether a schema has references whose meaning depends on
// what leads to them.
func isDynamic(s *jsonschema.Schema) bool { return s.DynamicRef != nil || s.RecursiveRef != nil }

// A price is what applying a schema to a value takes, in the unit of
// MaxSchemaWork. What belongs to further schemas is in their own prices, but for
// telling at first sight that a value is none of theirs.
type price struct {
	own    int  // whatever the value
	each   int  // for each field or item
	texts  bool // looks at each character of a text
	unique bool // compares items
}

// priceOf returns the price of s, of whose document weight schemas apply to one
// value at most.
func priceOf(s *jsonschema.Schema, weight int) price {
	p := price{own: glance(s), each: 1, texts: s.Format != nil || s.Pattern != nil, unique: s.UniqueItems}
	for _, sub := range inPlace(s) {
		p.own += glance(sub)
	}
	if isDynamic(s) { // looks back through all that has led to it
		p.own += 4 * weight
	}
	one, all := aside(s)
	for _, sub := range all {
		p.each += glance(sub)
	}
	dearest := 0
	for _, sub := range one {
		dearest = max(dearest, glance(sub))
	}
	p.each += dearest
	return p
}

// glance is what it takes to see that a value is none of the schema's: of the
// keywords that are looked at first, and those that have lists. Numbers are dear
// to compare: the library makes a fraction of each, every time.
func glance(s *jsonschema.Schema) int {
	n := 1 + len(s.Required)/4
	for _, names := range s.DependentRequired {
		n += 1 + len(names)/4
	}
	n += len(s.Dependencies) + len(s.DependentSchemas)
	if s.Enum != nil {
		for _, v := range s.Enum.Values {
			n += 5 * countAny(v)
		}
		if onlyTexts(s.Enum.Values) {
			n = 1 + len(s.Enum.Values)/10
		}
	}
	if s.Const != nil {
		n += 5 * countAny(*s.Const)
	}
	if s.Types != nil {
		n += 2
	}
	if s.Minimum != nil || s.Maximum != nil || s.ExclusiveMinimum != nil || s.ExclusiveMaximum != nil {
		n += 3
	}
	if s.MultipleOf != nil {
		n += 5
	}
	return n
}

// countAny counts the values in a decoded one.
func countAny(v any) int {
	n := 1
	switch v := v.(type) {
	case map[string]any:
		for _, field := range v {
			n += countAny(field)
		}
	case []any:
		for _, item := range v {
			n += countAny(item)
		}
	}
	return n
}

// fewItems is up to how many the library compares each item with each; of more,
// those whose hashes are the same, which a hostile list can bring about.
const fewItems = 20

// of returns the price for a value.
func (p price) of(v any) int {
	switch v := v.(type) {
	case map[string]any:
		return p.own + p.each*len(v)
	case []any:
		n := p.own + p.each*len(v)
		if p.unique {
			all := countAny(v)
			switch {
			case len(v) <= fewItems:
				n += len(v) * all
			case all > len(v)+1:
				n += all + len(v)*all/16
			default:
				n += 3 * all
			}
		}
		return n
	case string:
		if p.texts {
			return p.own + len(v)/8
		}
		return p.own + len(v)/512
	default:
		return p.own
	}
}
