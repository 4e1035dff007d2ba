package verify

import (
	"bytes"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// A document is a kind of JSON document: those of one schema.
type document struct {
	root   *node
	plain  bool // reading once beside root may be enough; see glancer
	meter  *meter
	factor int // by what the schema's numbers are dearer than others
}

// check reports what is wrong with a document, which is at path in what is
// checked. Empty, it is null.
func (d *document) check(p *problems, path string, raw []byte) {
	if len(raw) == 0 {
		raw = []byte("null")
	}
	if !d.glance(raw) {
		d.read(p, path, raw)
	}
}

// read reports what is wrong with a document that is not empty.
func (d *document) read(p *problems, path string, raw []byte) {
	if !wellFormed(p, path, raw) {
		return
	}
	r := reader{problems: p, document: d, trail: trail{root: path}, doc: raw, work: MaxSchemaWork}
	r.value(d.root, space(raw, 0))
}

// reader reads through a well-formed document beside its schema.
type reader struct {
	*problems
	*document
	trail

	doc  []byte
	work int // how much the library may do yet
}

// here renders the path, if it will be told.
func (r *reader) here() string {
	if r.full() {
		return ""
	}
	return r.trail.here()
}

// enough is how many problems are counted before no more are looked for.
const enough = 1_000

// value returns where the value at i ends.
func (r *reader) value(n *node, i int) int {
	switch {
	case n == nil || r.count() >= enough:
		return skip(r.doc, i)
	case n.never:
		r.add(r.here(), "is not permitted here")
		return skip(r.doc, i)
	case n.exotic != "":
		return r.whole(n, n.exotic, i)
	}
	switch r.doc[i] {
	case '{':
		if !r.is(n, anObject) {
			return skip(r.doc, i)
		}
		return r.object(n, i)
	case '[':
		if !r.is(n, aList) {
			return skip(r.doc, i)
		}
		return r.list(n, i)
	default:
		return r.scalar(n, i)
	}
}

// is reports whether a value of this type may be there. An enum has texts only.
func (r *reader) is(n *node, got types) bool {
	switch {
	case n.types&got == 0:
		r.add(r.here(), "%s", explain(&kind.Type{Got: got.String(), Want: n.want}))
	case n.enum != nil && got != aText:
		r.add(r.here(), "%s", explain(&kind.Enum{Want: n.schema.Enum.Values}))
	default:
		return true
	}
	return false
}

func (r *reader) object(n *node, start int) int {
	fields, required := 0, 0
	i := space(r.doc, start+1)
	r.into()
	for ; r.doc[i] != '}'; fields++ {
		end := skip(r.doc, i)
		name := r.doc[i:end]
		f, known := n.field(name)
		if f.required {
			required++
		}
		i = colon(r.doc, end)
		r.steps[len(r.steps)-1].field = name
		if f.refused || !known && n.closed {
			r.add(r.here(), "there is no such field")
			i = skip(r.doc, i)
		} else {
			i = r.value(f.node, i)
		}
		i = next(r.doc, i)
	}
	r.back()
	if required < n.required { // none is there twice
		r.missing(n, start)
	}
	if fields < n.minFields {
		r.add(r.here(), "%s", explain(&kind.MinProperties{Got: fields, Want: n.minFields}))
	}
	if fields > n.maxFields {
		r.add(r.here(), "%s", explain(&kind.MaxProperties{Got: fields, Want: n.maxFields}))
	}
	return i + 1
}

// field returns what is known of the field of that name.
func (n *node) field(name []byte) (field, bool) {
	plain := name[1 : len(name)-1]
	for i := range n.few {
		if n.few[i].name == string(plain) {
			return n.few[i].field, true
		}
	}
	var f field
	known := false
	if bytes.IndexByte(plain, '\\') >= 0 {
		f, known = n.fields[unquote(name)]
	} else if n.few == nil {
		f, known = n.fields[string(plain)]
	}
	if !known {
		f.node = n.rest
	}
	return f, known
}

// missing reports the fields that an object ought to have.
func (r *reader) missing(n *node, start int) {
	there := make(map[string]bool, n.required)
	for i := space(r.doc, start+1); r.doc[i] != '}'; {
		end := skip(r.doc, i)
		if f, _ := n.field(r.doc[i:end]); f.required {
			there[unquote(r.doc[i:end])] = true
		}
		i = next(r.doc, skip(r.doc, colon(r.doc, end)))
	}
	for _, name := range n.schema.Required {
		if !there[name] {
			there[name] = true
			r.add(join(r.here(), name), "is required")
		}
	}
}

func (r *reader) list(n *node, start int) int {
	items := 0
	i := space(r.doc, start+1)
	r.into()
	for ; r.doc[i] != ']'; items++ {
		r.steps[len(r.steps)-1].index = items
		i = next(r.doc, r.value(n.items, i))
	}
	r.back()
	if items < n.minItems {
		r.add(r.here(), "%s", explain(&kind.MinItems{Got: items, Want: n.minItems}))
	}
	if items > n.maxItems {
		r.add(r.here(), "%s", explain(&kind.MaxItems{Got: items, Want: n.maxItems}))
	}
	return i + 1
}

// whole decodes a value and has the library look at it.
func (r *reader) whole(n *node, keyword string, start int) int {
	end := skip(r.doc, start)
	if size := end - start; size > MaxWholeBytes {
		r.add(r.here(), "has %d bytes, and what its schema says with %q can be checked for %d at most", size, keyword, MaxWholeBytes)
		return end
	}
	values, factor := countValues(r.doc[start:end])
	if r.work -= wholeWork + n.price + values + (end-start)/64; r.work < 0 {
		r.add(r.here(), "%s", errTooCostly)
		return end
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(r.doc[start:end]))
	if err == nil {
		var spent int
		spent, err = r.meter.validate(n.schema, value, min(r.work, MaxValueWork), max(factor, r.factor))
		r.work -= spent
	}
	if err != nil {
		r.explain(err, value, r.here())
	}
	return end
}

// wholeWork is what decoding a value takes besides what it is.
const wholeWork = 5
