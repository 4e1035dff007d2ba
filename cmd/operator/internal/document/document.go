// Package document reads JSON of an unknown shape without losing what a Go map
// would: the order of an object's members and the digits of its numbers. What
// is shown to a person is shown in the order in which it was written.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxDepth is how deep a document may be nested.
const MaxDepth = 200

// Kind is the kind of a JSON value.
type Kind int

// The kinds.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// A Node is a JSON value.
type Node struct {
	Kind Kind
	// Text is the value of a string, and a number, true, false or null as it is
	// written.
	Text string
	// Members are an object's, in their order.
	Members []Member
	// Items are an array's.
	Items []*Node
}

// A Member is one field of an object.
type Member struct {
	Key   string
	Value *Node
}

// Get returns an object's member, nil if there is none. Of a nil Node there is
// none.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	for _, m := range n.Members {
		if m.Key == key {
			return m.Value
		}
	}
	return nil
}

// Scalar tells whether the value is neither an array nor an object.
func (n *Node) Scalar() bool { return n.Kind != Array && n.Kind != Object }

// Parse reads one JSON document.
func Parse(data []byte) (*Node, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	node, err := parse(dec, 0)
	if err != nil {
		return nil, fmt.Errorf("parse document: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("parse document: something follows its end")
	}
	return node, nil
}

func parse(dec *json.Decoder, depth int) (*Node, error) {
	if depth > MaxDepth {
		return nil, fmt.Errorf("nested deeper than %d", MaxDepth)
	}
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case bool:
		return &Node{Kind: Bool, Text: fmt.Sprint(t)}, nil
	case json.Number:
		return &Node{Kind: Number, Text: t.String()}, nil
	case string:
		return &Node{Kind: String, Text: t}, nil
	case json.Delim:
		if t == '{' {
			return object(dec, depth)
		}
		return array(dec, depth)
	default:
		return &Node{Kind: Null, Text: "null"}, nil
	}
}

func object(dec *json.Decoder, depth int) (*Node, error) {
	node := &Node{Kind: Object}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		value, err := parse(dec, depth+1)
		if err != nil {
			return nil, err
		}
		node.Members = append(node.Members, Member{Key: fmt.Sprint(key), Value: value})
	}
	_, err := dec.Token() // the brace
	return node, err
}

func array(dec *json.Decoder, depth int) (*Node, error) {
	node := &Node{Kind: Array}
	for dec.More() {
		value, err := parse(dec, depth+1)
		if err != nil {
			return nil, err
		}
		node.Items = append(node.Items, value)
	}
	_, err := dec.Token() // the bracket
	return node, err
}

// JSON returns the document on one line.
func (n *Node) JSON() []byte { return n.append(nil) }

func (n *Node) append(b []byte) []byte {
	switch n.Kind {
	case Object:
		b = append(b, '{')
		for i, m := range n.Members {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(quote(b, m.Key), ": "...)
			b = m.Value.append(b)
		}
		return append(b, '}')
	case Array:
		b = append(b, '[')
		for i, item := range n.Items {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = item.append(b)
		}
		return append(b, ']')
	case String:
		return quote(b, n.Text)
	case Null, Bool, Number:
		return append(b, n.Text...)
	}
	return b
}

func quote(b []byte, s string) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil { // a string always has a JSON form
		return b
	}
	return append(b, bytes.TrimRight(buf.Bytes(), "\n")...)
}
