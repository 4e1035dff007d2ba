package scenario

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// A node is a YAML value as JSON will know it, and where it stands in the file:
// its key, or itself where it is in a list.
type node struct {
	kind         kind
	line, column int
	text         string  // of a text; of a number or a boolean, its JSON
	fields       []field // of a mapping, in the file's order
	items        []*node // of a list
}

type field struct {
	key   string
	value *node
}

type kind int

const (
	kindNull kind = iota
	kindMapping
	kindList
	kindText
	kindNumber
	kindBool
)

func (k kind) String() string {
	return [...]string{"nothing", "a mapping", "a list", "a text", "a number", "a boolean"}[k]
}

// describe says what the node is, for an error.
func (n *node) describe() string {
	switch n.kind {
	case kindText:
		return failure.Quote(n.text)
	case kindNumber, kindBool:
		return n.text
	default:
		return n.kind.String()
	}
}

// json writes the node as JSON.
func (n *node) json() json.RawMessage { return n.appendJSON(nil) }

func (n *node) appendJSON(b []byte) []byte {
	switch n.kind {
	case kindMapping:
		b = append(b, '{')
		for i, f := range n.fields {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendText(b, f.key), ':')
			b = f.value.appendJSON(b)
		}
		return append(b, '}')
	case kindList:
		b = append(b, '[')
		for i, item := range n.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.appendJSON(b)
		}
		return append(b, ']')
	case kindText:
		return appendText(b, n.text)
	case kindNumber, kindBool:
		return append(b, n.text...)
	default:
		return append(b, "null"...)
	}
}

func appendText(b []byte, s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil { // a text always has a JSON form
		return append(b, `""`...)
	}
	return append(b, quoted...)
}

// walk calls visit for the node and all that is in it, with the paths from
// there.
func (n *node) walk(path string, visit func(path string, n *node)) {
	visit(path, n)
	for _, f := range n.fields {
		f.value.walk(join(path, f.key), visit)
	}
	for i, item := range n.items {
		item.walk(index(path, i), visit)
	}
}

// join appends a field's name to a path, in quotes where it is not plainly a
// name.
func join(path, name string) string {
	if name == "" || len(name) > 64 || strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && r != '-' && r != '$' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		name = failure.Quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }
