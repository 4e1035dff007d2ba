package verify

import (
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A node is a schema made ready for reading a document beside it.
type node struct {
	schema *jsonschema.Schema
	exotic string // a keyword for which the value has to be decoded
	never  bool   // the schema false
	price  int    // of decoding, beside what the value is
	types  types
	want   []string // their names, nil for all

	// of objects
	fields               map[string]field
	few                  []namedField   // fields, if there are but a few; then never nil
	named                []namedField   // fields, for a glancer
	places               map[string]int // of the names in named, if they are not few
	required             int            // how many fields are
	rest                 *node          // of every other field; nil is anything
	closed               bool           // there are no other fields
	minFields, maxFields int

	// of lists
	items              *node // nil is anything
	minItems, maxItems int

	// of texts
	minLength, maxLength int
	pattern              jsonschema.Regexp
	enum                 map[string]bool // nil without one

	// of numbers
	bounds []bound
	// onlyDecoded tells that numbers are to be decoded.
	onlyDecoded bool
}

type field struct {
	node     *node // nil is anything
	required bool
	refused  bool // by what the schema says of other fields
}

type namedField struct {
	field

	name string
}

// fewFields is up to how many names are found sooner by looking at each.
const fewFields = 8

// A bound is one of a number.
type bound struct {
	float     float64 // the nearest
	int       int64   // exactly, if isInt
	isInt     bool
	upper     bool
	exclusive bool
}

// unbounded stands for a size without bound.
const unbounded = int(^uint(0) >> 1)

// node returns what s is for reading. Schemas may lead to themselves.
func (c *schemas) node(s *jsonschema.Schema) *node {
	if s == nil || s.Bool != nil && *s.Bool {
		return nil
	}
	if n, ok := c.nodes[s]; ok {
		return n
	}
	if s.Ref != nil && isBareReference(s) {
		return c.node(s.Ref) // not to itself, without end: that is no schema
	}
	n := &node{
		schema: s, exotic: exoticKeyword(s), never: s.Bool != nil,
		minFields: size(s.MinProperties, 0), maxFields: size(s.MaxProperties, unbounded),
		minItems: size(s.MinItems, 0), maxItems: size(s.MaxItems, unbounded),
		minLength: size(s.MinLength, 0), maxLength: size(s.MaxLength, unbounded),
		pattern: s.Pattern, onlyDecoded: s.MultipleOf != nil, price: glance(s), types: anything,
	}
	c.nodes[s] = n
	if s.Types != nil && !s.Types.IsEmpty() {
		n.want = s.Types.ToStrings()
		n.types = typesOf(n.want)
	}
	if n.exotic != "" {
		return n
	}
	if s.Enum != nil {
		n.enum = make(map[string]bool, len(s.Enum.Values))
		for _, v := range s.Enum.Values {
			if text, ok := v.(string); ok { // or it would be exotic
				n.enum[text] = true
			}
		}
	}
	n.fields = make(map[string]field, len(s.Properties))
	for name, sub := range s.Properties {
		n.fields[name] = field{node: c.node(sub)}
	}
	if allowed, ok := s.AdditionalProperties.(bool); ok {
		n.closed = !allowed
	}
	n.rest = c.node(one(s.AdditionalProperties))
	for _, name := range s.Required {
		f, known := n.fields[name]
		if !known {
			f.node, f.refused = n.rest, n.closed
		}
		if !f.required {
			n.required++
		}
		f.required = true
		n.fields[name] = f
	}
	n.few = fewOf(n.fields)
	n.name()
	n.items = c.node(s.Items2020)
	if s.DraftVersion < 2020 {
		n.items = c.node(one(s.Items))
	}
	for _, b := range []struct {
		at               *big.Rat
		upper, exclusive bool
	}{{s.Minimum, false, false}, {s.ExclusiveMinimum, false, true}, {s.Maximum, true, false}, {s.ExclusiveMaximum, true, true}} {
		if b.at != nil {
			n.bounds = append(n.bounds, newBound(b.at, b.upper, b.exclusive))
		}
	}
	return n
}

// fewOf returns the fields if they are few and called as they are written in a
// document that escapes nothing.
func fewOf(fields map[string]field) []namedField {
	if len(fields) > fewFields {
		return nil
	}
	few := make([]namedField, 0, len(fields))
	for name, f := range fields {
		if strings.ContainsRune(name, '\\') {
			return nil
		}
		few = append(few, namedField{f, name})
	}
	return few
}

// maxGlanced is how many fields a glancer keeps track of, in the bits of a word.
const maxGlanced = 64

// name gives the fields places in named.
func (n *node) name() {
	n.named = make([]namedField, 0, len(n.fields))
	for _, name := range slices.Sorted(maps.Keys(n.fields)) {
		n.named = append(n.named, namedField{n.fields[name], name})
	}
	if len(n.named) <= fewFields {
		return
	}
	n.places = make(map[string]int, len(n.named))
	for k, f := range n.named {
		n.places[f.name] = k
	}
}

// place returns where in named the field of that name is, or -1. The name is as
// in a document that escapes nothing in it.
func (n *node) place(name []byte) int {
	if n.places != nil {
		if k, ok := n.places[string(name)]; ok {
			return k
		}
		return -1
	}
	for k := range n.named {
		if n.named[k].name == string(name) {
			return k
		}
	}
	return -1
}

// plain reports whether a glancer sees all that n and what it leads to ask.
func (n *node) plain(seen map[*node]bool) bool {
	if n == nil || seen[n] {
		return true
	}
	seen[n] = true
	if n.exotic != "" || n.never || n.pattern != nil || n.onlyDecoded || len(n.named) > maxGlanced {
		return false
	}
	for _, f := range n.named {
		if !f.refused && !f.node.plain(seen) {
			return false
		}
	}
	return n.rest.plain(seen) && n.items.plain(seen)
}

func size(n *int, otherwise int) int {
	if n == nil {
		return otherwise
	}
	return *n
}

func newBound(at *big.Rat, upper, exclusive bool) bound {
	b := bound{upper: upper, exclusive: exclusive}
	b.float, _ = at.Float64()
	if at.IsInt() && at.Num().IsInt64() {
		b.int, b.isInt = at.Num().Int64(), true
	}
	return b
}
