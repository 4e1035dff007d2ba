package verify

import (
	"encoding/json"
	"strconv"
)

// A trail leads to where in a document somebody is reading.
type trail struct {
	root  string
	steps []step
}

// A step of a trail is into a field or an item.
type step struct {
	field []byte // the name as it is in the document, quotes included; nil for an item
	index int
}

func (t *trail) into() { t.steps = append(t.steps, step{}) }
func (t *trail) back() { t.steps = t.steps[:len(t.steps)-1] }

// here renders the path.
func (t *trail) here() string {
	path := t.root
	for _, s := range t.steps {
		if s.field != nil {
			path = join(path, unquote(s.field))
		} else {
			path += "[" + strconv.Itoa(s.index) + "]"
		}
	}
	return path
}

// unquote returns the text of a JSON string.
func unquote(raw []byte) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return "" // not reached: it was found valid
	}
	return s
}

// What follows finds its way in a document that is valid.

// space returns where the white space at i ends.
func space(doc []byte, i int) int {
	for i < len(doc) && (doc[i] == ' ' || doc[i] == '\n' || doc[i] == '\t' || doc[i] == '\r') {
		i++
	}
	return i
}

// next returns where what follows a member that ends at i begins: the next
// member, or the end of the object or list.
func next(doc []byte, i int) int {
	if i = space(doc, i); doc[i] == ',' {
		i = space(doc, i+1)
	}
	return i
}

// colon returns where the value of the field begins whose name ends at i.
func colon(doc []byte, i int) int { return space(doc, space(doc, i)+1) }

// ends are the bytes that end a number or a word.
var ends = [256]bool{',': true, ']': true, '}': true, ' ': true, '\n': true, '\t': true, '\r': true}

// skip returns where the value that begins at i ends.
func skip(doc []byte, i int) int {
	switch doc[i] {
	case '"':
		return skipString(doc, i)
	case '{', '[':
		for depth := 0; ; i++ {
			switch doc[i] {
			case '"':
				i = skipString(doc, i) - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
	default:
		for i < len(doc) && !ends[doc[i]] {
			i++
		}
		return i
	}
}

func skipString(doc []byte, i int) int {
	for i++; ; i++ {
		switch doc[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
}
