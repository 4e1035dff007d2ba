package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// The bounds of a scenario's file. Those on values hold after its aliases were
// followed and its texts repeated.
const (
	maxFileBytes = 1 << 20
	maxValues    = 100_000
	maxTextBytes = 16 << 20
	maxDepth     = 50
)

// A builder makes nodes of YAML and collects what is wrong.
type builder struct {
	file          string
	problems      []Problem
	values, bytes int
	full          bool // a bound was reached, and said so
}

// parse returns the document in data, nil where it cannot be read at all.
func (b *builder) parse(data []byte) *node {
	if len(data) > maxFileBytes {
		b.bad(&node{}, "", "has %d bytes; a scenario has at most %d", len(data), maxFileBytes)
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		b.bad(&node{}, "", "%v", err)
		return nil
	}
	var doc, more yaml.Node
	if err := loader.Load(&doc); err != nil {
		b.badSyntax(err)
		return nil
	}
	switch err := loader.Load(&more); {
	case err == nil:
		b.bad(&node{line: more.Line, column: more.Column}, "", "a second YAML document begins here: a file holds one scenario")
	case !errors.Is(err, io.EOF):
		b.badSyntax(err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		b.bad(&node{}, "", "is empty: it must hold a scenario")
		return nil
	}
	return b.build(doc.Content[0], doc.Content[0], "", 0)
}

func (b *builder) bad(at *node, path, format string, args ...any) {
	b.problems = append(b.problems, Problem{
		File: b.file, Line: at.line, Column: at.column, Path: path, Message: fmt.Sprintf(format, args...),
	})
}

func (b *builder) badSyntax(err error) {
	e, ok := errors.AsType[*yaml.LoadError](err)
	if !ok || e.Stage == yaml.ConstructorStage {
		b.bad(&node{}, "", "is empty: it must hold a scenario")
		return
	}
	b.bad(&node{line: e.Mark.Line, column: e.Mark.Column}, "", "not YAML: %s", failure.Line(e.Message))
}

// build returns the node of y, which stands at the node at: its key, where it
// has one. It returns nothing for what is wrong, having said so.
func (b *builder) build(y, at *yaml.Node, path string, depth int) *node {
	n := &node{line: at.Line, column: at.Column}
	b.values++
	b.bytes += len(y.Value) + len(path)
	if b.full || b.over(n, path, depth) {
		return n
	}
	switch y.Kind {
	case yaml.MappingNode:
		b.mapping(n, y, path, depth)
	case yaml.SequenceNode:
		n.kind = kindList
		for i, item := range y.Content {
			n.items = append(n.items, b.build(item, item, index(path, i), depth+1))
		}
	case yaml.AliasNode:
		return b.build(y.Alias, at, path, depth+1)
	case yaml.ScalarNode:
		b.scalar(n, y, path)
	default:
		b.bad(n, path, "this kind of YAML has no meaning here")
	}
	return n
}

// over tells that the document is over a bound, and says so once.
func (b *builder) over(n *node, path string, depth int) bool {
	if depth <= maxDepth && b.values <= maxValues && b.bytes <= maxTextBytes {
		return false
	}
	b.full = true
	b.bad(n, path, "too large or too deep, aliases and $repeat included: at most %d values, %d bytes of text and %d levels",
		maxValues, maxTextBytes, maxDepth)
	return true
}

func (b *builder) mapping(n *node, y *yaml.Node, path string, depth int) {
	n.kind = kindMapping
	lines := make(map[string]int) // where each key stands
	for i := 0; i+1 < len(y.Content) && !b.full; i += 2 {
		key, content := y.Content[i], y.Content[i+1]
		at := &node{line: key.Line, column: key.Column}
		switch {
		case key.Kind != yaml.ScalarNode || key.ShortTag() == "!!null":
			b.bad(at, path, "a key must be plain text")
			continue
		case key.ShortTag() == "!!merge":
			b.bad(at, path, "<< has no meaning here; an alias, *name, has")
			continue
		}
		if first, seen := lines[key.Value]; seen {
			b.bad(at, join(path, key.Value), "is here twice; it is already in line %d", first)
			continue
		}
		lines[key.Value] = key.Line
		b.bytes += len(key.Value)
		n.fields = append(n.fields, field{key.Value, b.build(content, key, join(path, key.Value), depth+1)})
	}
	if _, ok := lines["$repeat"]; ok {
		b.repeat(n, path)
	}
}

// repeat makes {$repeat: TEXT, times: N} the text that it stands for.
func (b *builder) repeat(n *node, path string) {
	var text, times *node
	for _, f := range n.fields {
		switch f.key {
		case "$repeat":
			text = f.value
		case "times":
			times = f.value
		default:
			b.bad(f.value, join(path, f.key), "unknown field; $repeat goes with times")
		}
	}
	*n = node{line: n.line, column: n.column}
	if text.kind != kindText || times == nil || times.kind != kindNumber {
		b.bad(n, path, "want {$repeat: a text, times: a number}")
		return
	}
	count, err := strconv.Atoi(times.text)
	switch {
	case err != nil || count < 0:
		b.bad(times, join(path, "times"), "want a whole number that is not negative, not %s", times.text)
	case count > 0 && len(text.text) > maxTextBytes/count:
		b.bytes = maxTextBytes + 1
		b.over(times, join(path, "times"), 0)
	default:
		n.kind, n.text = kindText, strings.Repeat(text.text, count)
		b.bytes += len(n.text)
	}
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

func (b *builder) scalar(n *node, y *yaml.Node, path string) {
	switch tag := y.ShortTag(); tag {
	case "!!null":
	case "!!bool":
		n.text = strings.ToLower(y.Value)
		if n.kind = kindBool; n.text != "true" && n.text != "false" {
			b.bad(n, path, "%s is neither true nor false", failure.Quote(y.Value))
			n.kind = kindNull
		}
	case "!!int", "!!float":
		literal, err := number(y)
		if err != nil {
			b.bad(n, path, "%s is no number that JSON has: %v", failure.Quote(y.Value), err)
			return
		}
		n.kind, n.text = kindNumber, literal
	case "!!str", "!!timestamp", "!!merge":
		n.kind, n.text = kindText, y.Value
	default:
		b.bad(n, path, "the YAML tag %s has no meaning here", failure.Line(tag))
	}
}

// number returns a YAML number as JSON writes it.
func number(y *yaml.Node) (string, error) {
	if jsonNumber.MatchString(y.Value) {
		return y.Value, nil // with all its digits
	}
	var v any
	if err := y.Load(&v); err != nil {
		return "", errors.New("it has other letters than digits")
	}
	if f, ok := v.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return "", errors.New("it is not finite")
	}
	literal, err := json.Marshal(v)
	return string(literal), err
}
