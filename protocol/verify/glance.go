package verify

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// A glancer reads through a document beside its schema once, and finds either
// that nothing is wrong with it or nothing at all: where something may be wrong,
// or is written in a way that few documents are, others look again and say what
// it is. Most documents are right, and take half as long like this.
type glancer struct {
	former
}

// open is the schema of what no schema speaks of.
var open = &node{types: anything, maxFields: unbounded, maxItems: unbounded, maxLength: unbounded}

// glance reports whether nothing is wrong with a document for certain.
func (d *document) glance(raw []byte) bool {
	if !d.plain || len(raw) > maxDocument || !utf8.Valid(raw) {
		return false
	}
	g := glancer{former{problems: &problems{}, doc: raw}}
	end := g.value(d.root, space(raw, 0), 0)
	return end >= 0 && space(raw, end) == len(raw) && g.count() == 0
}

// value returns where the value at i ends, or -1 if it is not certain that
// nothing is wrong with it.
func (g *glancer) value(n *node, i, depth int) int {
	if n == nil {
		n = open
	}
	switch c := g.at(i); {
	case c == '"':
		return g.text(n, i)
	case n.enum != nil: // which has texts only
		return -1
	case c == '{' && n.types&anObject != 0 && depth < MaxDepth:
		return g.object(n, i, depth)
	case c == '[' && n.types&aList != 0 && depth < MaxDepth:
		return g.list(n, i, depth)
	case c == 't' && n.types&aBool != 0:
		return g.word(i, "true")
	case c == 'f' && n.types&aBool != 0:
		return g.word(i, "false")
	case c == 'n' && n.types&aNull != 0:
		return g.word(i, "null")
	case c == '-' || c >= '0' && c <= '9':
		return g.number(n, i)
	default:
		return -1
	}
}

func (g *glancer) object(n *node, i, depth int) int {
	base := len(g.names)
	var seen uint64 // which of the schema's fields
	fields, required := 0, 0
	i, c := g.see(i + 1)
	for ; c != '}'; fields++ {
		from := i + 1
		end := plainEnd(g.doc, from)
		if c != '"' || end < 0 {
			return -1
		}
		if i, c = g.see(end + 1); c != ':' {
			return -1
		}
		below := n.rest
		if k := n.place(g.doc[from:end]); k >= 0 {
			f := &n.named[k]
			if f.refused || seen&(1<<k) != 0 {
				return -1
			}
			seen |= 1 << k
			if f.required {
				required++
			}
			below = f.node
		} else if n.closed || fields >= MaxFields {
			return -1
		} else {
			g.names = append(g.names, place{uint32(from), uint32(end)}) //nolint:gosec // within maxDocument
		}
		i, _ = g.see(i + 1)
		if i = g.value(below, i, depth+1); i < 0 {
			return -1
		}
		if i, c = g.see(i); c == ',' {
			if i, c = g.see(i + 1); c != '"' {
				return -1
			}
		} else if c != '}' {
			return -1
		}
	}
	if strange := len(g.names) - base; strange > 0 {
		g.unique(strange, base, false)
	}
	if required < n.required || fields < n.minFields || fields > n.maxFields {
		return -1
	}
	return i + 1
}

func (g *glancer) list(n *node, i, depth int) int {
	items := 0
	i, c := g.see(i + 1)
	for ; c != ']'; items++ {
		if i = g.value(n.items, i, depth+1); i < 0 {
			return -1
		}
		if i, c = g.see(i); c == ',' {
			if i, c = g.see(i + 1); c == ']' {
				return -1
			}
		} else if c != ']' {
			return -1
		}
	}
	if items < n.minItems || items > n.maxItems {
		return -1
	}
	return i + 1
}

func (g *glancer) text(n *node, i int) int {
	end := plainEnd(g.doc, i+1) + 1
	if end == 0 {
		end = g.former.text(i)
	}
	if end < 0 || n.types&aText == 0 || n.enum != nil && !n.listed(g.doc[i:end]) {
		return -1
	}
	if n.minLength > 0 || n.maxLength < unbounded {
		if length := characters(g.doc[i+1 : end-1]); length < n.minLength || length > n.maxLength {
			return -1
		}
	}
	return end
}

// number reads most numbers by itself: integers that fit.
func (g *glancer) number(n *node, i int) int {
	digits := i
	if g.doc[i] == '-' {
		digits++
	}
	end, exact := digits, int64(0)
	for end < len(g.doc) && g.doc[end] >= '0' && g.doc[end] <= '9' {
		exact = exact*10 + int64(g.doc[end]-'0') // which may be anything if it does not fit
		end++
	}
	follows := g.at(end)
	if end == digits || end-i > exactBytes || end > digits+1 && g.doc[digits] == '0' || follows == '.' || follows == 'e' || follows == 'E' {
		if end = g.former.number(i); end < 0 || !n.accepts(g.doc[i:end]) {
			return -1
		}
		return end
	}
	if digits > i {
		exact = -exact
	}
	if n.types&(aNumber|anInteger) == 0 || !n.acceptsInt(exact) {
		return -1
	}
	return end
}

// see returns where the white space at i ends, of which there mostly is none,
// and what is there.
func (g *glancer) see(i int) (int, byte) {
	if i < len(g.doc) && g.doc[i] > ' ' {
		return i, g.doc[i]
	}
	i = space(g.doc, i)
	return i, g.at(i)
}

// plainEnd returns where the quote is that ends the text that goes on at i, or
// -1 if something in it has to be looked at: an escape, or what no text has. It
// looks at eight bytes at a time; in the lowest of them whose top bit is left,
// something is for certain.
func plainEnd(doc []byte, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(doc); i += 8 {
		w := binary.LittleEndian.Uint64(doc[i:])
		quote, escape := w^('"'*ones), w^('\\'*ones)
		found := ((quote-ones)&^quote | (escape-ones)&^escape | (w-' '*ones)&^w) & tops
		if found != 0 {
			i += bits.TrailingZeros64(found) / 8
			break
		}
	}
	for ; i < len(doc); i++ {
		switch c := doc[i]; {
		case c == '"':
			return i
		case c == '\\' || c < ' ':
			return -1
		}
	}
	return -1
}
