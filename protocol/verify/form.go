package verify

import (
	"bytes"
	"unicode/utf8"
)

// wellFormed reports what is wrong with a document as such, and whether nothing
// is: what is no JSON, and what RFC 7493 asks for beyond that.
func wellFormed(p *problems, path string, raw []byte) bool {
	if len(raw) > maxDocument {
		p.add(path, "has %d bytes, and may have %d at most", len(raw), maxDocument)
		return false
	}
	if !utf8.Valid(raw) {
		p.add(path, "is not valid UTF-8")
		return false
	}
	before := *p
	f := former{problems: p, trail: trail{root: path}, doc: raw}
	end := f.value(space(raw, 0))
	if !f.tooDeep && (end < 0 || space(raw, end) < len(raw)) {
		*p = before // what else has been found is not JSON either
		p.add(path, "is not a JSON document")
	}
	return p.count() == before.count()
}

// former reads through a document once. Of an object's names it keeps where they
// are, so that what it takes is little beside the document, however many there
// are.
type former struct {
	*problems
	trail

	doc     []byte
	tooDeep bool
	names   []place // of the objects that are being read, one after the other
}

// A place is one in a document. It is small because there may be many.
type place struct{ from, to uint32 }

// maxDocument is the largest document that is looked at, in bytes.
const maxDocument = 1 << 30

// here renders the path, if it will be told.
func (f *former) here() string {
	if f.full() {
		return ""
	}
	return f.trail.here()
}

// value returns where the value at i ends, or -1 if there is none.
func (f *former) value(i int) int {
	if i >= len(f.doc) {
		return -1
	}
	switch f.doc[i] {
	case '{', '[':
		if len(f.steps) >= MaxDepth {
			f.add(f.here(), "lies deeper than %d levels", MaxDepth)
			f.tooDeep = true
			return -1
		}
		if f.doc[i] == '{' {
			return f.object(i)
		}
		return f.list(i)
	case '"':
		return f.text(i)
	case 't':
		return f.word(i, "true")
	case 'f':
		return f.word(i, "false")
	case 'n':
		return f.word(i, "null")
	default:
		return f.number(i)
	}
}

func (f *former) word(i int, word string) int {
	if end := i + len(word); end <= len(f.doc) && string(f.doc[i:end]) == word {
		return end
	}
	return -1
}

func (f *former) list(i int) int {
	i = space(f.doc, i+1)
	if f.at(i) == ']' {
		return i + 1
	}
	f.into()
	for n := 0; ; n++ {
		f.steps[len(f.steps)-1].index = n
		if i = f.value(i); i < 0 {
			return -1
		}
		switch i = space(f.doc, i); f.at(i) {
		case ',':
			i = space(f.doc, i+1)
		case ']':
			f.back()
			return i + 1
		default:
			return -1
		}
	}
}

func (f *former) object(start int) int {
	base := len(f.names)
	i := space(f.doc, start+1)
	if f.at(i) == '}' {
		return i + 1
	}
	f.into()
	escaped := false // one of its names
	for n := 1; ; n++ {
		if f.at(i) != '"' {
			return -1
		}
		end := f.text(i)
		if end < 0 {
			return -1
		}
		name := f.doc[i:end]
		escaped = escaped || bytes.IndexByte(name, '\\') >= 0
		if n <= MaxFields {
			f.names = append(f.names, place{uint32(i + 1), uint32(end - 1)}) //nolint:gosec // within maxDocument
		}
		f.steps[len(f.steps)-1].field = name
		if i = space(f.doc, end); f.at(i) != ':' {
			return -1
		}
		if i = f.value(space(f.doc, i+1)); i < 0 {
			return -1
		}
		switch i = space(f.doc, i); f.at(i) {
		case ',':
			i = space(f.doc, i+1)
		case '}':
			f.back()
			f.unique(n, base, escaped)
			return i + 1
		default:
			return -1
		}
	}
}

// at returns what is at i, or nothing that means anything in JSON.
func (f *former) at(i int) byte {
	if i >= len(f.doc) {
		return 0
	}
	return f.doc[i]
}
