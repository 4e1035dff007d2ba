package host

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
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// The bounds of a configuration file. Those on values hold after its aliases
// were followed: a few hundred bytes of YAML can name each other into billions.
const (
	maxFileBytes   = 1 << 20
	maxValues      = 100_000
	maxStringBytes = 8 << 20
	maxDepth       = 100
)

// A builder makes values of YAML nodes and collects what is wrong.
type builder struct {
	file string
	// empty is what to say of a file that is.
	empty string
	// lookup is the environment. Without one ${...} is text as any other.
	lookup   LookupEnv
	problems []Problem

	values, bytes int
	full          bool // a bound was reached, and said so
}

// parseYAML returns the document in data, nil where it cannot be read at all.
func (b *builder) parseYAML(data []byte) *value {
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		b.bad(nil, "", "%v", err)
		return nil
	}
	var doc, more yaml.Node
	if err := loader.Load(&doc); err != nil {
		b.badSyntax(data, err)
		return nil
	}
	switch err := loader.Load(&more); {
	case err == nil:
		b.bad(&more, "", "a second YAML document begins here: the file must hold one")
	case !errors.Is(err, io.EOF):
		b.badSyntax(data, err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		b.bad(nil, "", "%s", b.empty)
		return nil
	}
	return b.build(doc.Content[0], doc.Content[0], "", 0)
}

func (b *builder) bad(at *yaml.Node, path, format string, args ...any) {
	p := Problem{File: b.file, Path: path, Message: fmt.Sprintf(format, args...)}
	if at != nil {
		p.Line, p.Column = at.Line, at.Column
	}
	b.problems = append(b.problems, p)
}

func (b *builder) badSyntax(data []byte, err error) {
	e, ok := errors.AsType[*yaml.LoadError](err)
	if !ok || e.Stage == yaml.ConstructorStage {
		b.bad(nil, "", "%s", b.empty)
		return
	}
	at := placeOf(data, e.Mark)
	hint := ""
	if lines := bytes.Split(data, []byte("\n")); at.Line > 0 && at.Line <= len(lines) && b.lookup != nil && bytes.Contains(lines[at.Line-1], []byte("${")) {
		hint = "; within [ ] and { } a ${...} needs quotes"
	}
	b.bad(at, "", "not YAML: %s%s", printable(e.Message, maxQuoted), hint)
}

// lineBreak is what ends a line in YAML.
var lineBreak = regexp.MustCompile("\r\n|[\r\n\u0085\u2028\u2029]")

// placeOf returns where in the file a mark is. A byte that is no text is marked
// by its offset alone, and what is missing at the end in a line after the last.
func placeOf(data []byte, mark yaml.Mark) *yaml.Node {
	at := &yaml.Node{Line: mark.Line, Column: mark.Column}
	if at.Line < 1 {
		before := data[:max(0, min(mark.Index, len(data)))]
		at.Line, at.Column = endOf(before)
	}
	if line, column := endOf(data); at.Line > line {
		at.Line, at.Column = line, column
	}
	return at
}

// endOf returns where a text ends.
func endOf(text []byte) (line, column int) {
	begin := 0
	breaks := lineBreak.FindAllIndex(text, -1)
	if len(breaks) > 0 {
		begin = breaks[len(breaks)-1][1]
	}
	return len(breaks) + 1, utf8.RuneCount(text[begin:]) + 1
}

// build returns the value of node, which stands at the node at: its key, where
// it has one. It returns null for what is wrong, having said so.
func (b *builder) build(node, at *yaml.Node, path string, depth int) *value {
	v := &value{line: at.Line, column: at.Column, literal: "null"}
	b.values++
	b.bytes += len(node.Value) + len(path) // a path is text too, and kept
	if b.full {
		return v
	}
	if depth > maxDepth || b.values > maxValues || b.bytes > maxStringBytes {
		b.full = true
		b.bad(at, path, "too large or too deep, aliases included: at most %d values, %d bytes of text and %d levels", maxValues, maxStringBytes, maxDepth)
		return v
	}
	switch node.Kind {
	case yaml.MappingNode:
		b.mapping(v, node, path, depth)
	case yaml.SequenceNode:
		v.kind = kindArray
		for i, item := range node.Content {
			if b.full {
				break
			}
			v.items = append(v.items, b.build(item, item, path+"["+strconv.Itoa(i)+"]", depth+1))
		}
	case yaml.AliasNode:
		return b.build(node.Alias, at, path, depth+1)
	case yaml.ScalarNode:
		b.scalar(v, node, at, path)
	default:
		b.bad(at, path, "this kind of YAML node has no meaning here")
	}
	return v
}

func (b *builder) mapping(v *value, node *yaml.Node, path string, depth int) {
	v.kind = kindObject
	lines := make(map[string]int) // where each key stands
	var merged []*yaml.Node
	for i := 0; i+1 < len(node.Content) && !b.full; i += 2 {
		key, content := node.Content[i], node.Content[i+1]
		if key.Kind == yaml.AliasNode {
			key = &yaml.Node{Kind: key.Alias.Kind, Tag: key.Alias.Tag, Value: key.Alias.Value, Line: key.Line, Column: key.Column}
		}
		switch {
		case key.Kind != yaml.ScalarNode || key.ShortTag() == "!!null":
			b.bad(key, path, "a key must be plain text")
			continue
		case key.ShortTag() == "!!merge":
			merged = append(merged, content)
			continue
		}
		b.bytes += len(key.Value)
		if first, seen := lines[key.Value]; seen {
			b.bad(key, join(path, key.Value), "is here twice; it is already in line %d", first)
			continue
		}
		lines[key.Value] = key.Line
		v.members = append(v.members, &member{key.Value, b.build(content, key, join(path, key.Value), depth+1)})
	}
	for _, content := range merged {
		b.merge(v, lines, content, path, depth+1)
	}
}

// merge adds what "<<" names, a mapping or a list of mappings: the first to
// have a key wins, and the mapping's own win over all.
func (b *builder) merge(v *value, lines map[string]int, content *yaml.Node, path string, depth int) {
	source := b.build(content, content, path, depth)
	sources := []*value{source}
	if source.kind == kindArray {
		sources = source.items
	}
	for _, s := range sources {
		if s.kind != kindObject {
			b.bad(content, path, "<< merges mappings, not %s", s.kind)
			continue
		}
		for _, m := range s.members {
			if _, has := lines[m.key]; !has {
				lines[m.key] = m.value.line
				v.members = append(v.members, m)
			}
		}
	}
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

func (b *builder) scalar(v *value, node, at *yaml.Node, path string) {
	switch tag := node.ShortTag(); tag {
	case "!!null":
	case "!!bool":
		literal := strings.ToLower(node.Value)
		if literal != "true" && literal != "false" {
			b.bad(at, path, "%s is neither true nor false", quote(node.Value))
			return
		}
		v.kind, v.literal = kindBool, literal
	case "!!int", "!!float":
		literal, err := number(node)
		if err != nil {
			b.bad(at, path, "%s is no number that JSON has: %v", quote(node.Value), err)
			return
		}
		v.kind, v.literal, v.text = kindNumber, literal, node.Value
	case "!!str", "!!timestamp", "!!merge":
		b.text(v, node, at, path)
	default:
		b.bad(at, path, "the YAML tag %s has no meaning here", printable(tag, maxQuoted))
	}
}

// text is a string, with its variables expanded.
func (b *builder) text(v *value, node, at *yaml.Node, path string) {
	v.raw = node.Value
	if b.lookup == nil {
		v.kind, v.text = kindString, node.Value
		return
	}
	out, errs := expand(node.Value, b.lookup)
	for _, err := range errs {
		b.bad(at, path, "%v", err)
	}
	if len(errs) > 0 {
		return
	}
	b.bytes += len(out.text)
	v.kind, v.text, v.from = kindString, strings.ToValidUTF8(out.text, "\uFFFD"), out.from
	if node.Style != 0 || !out.whole {
		return
	}
	switch {
	case out.text == "true" || out.text == "false":
		v.kind, v.literal = kindBool, out.text
	case jsonNumber.MatchString(out.text) && json.Valid([]byte(out.text)):
		v.kind, v.literal = kindNumber, out.text
	default:
		return
	}
	if len(out.from) > 0 {
		v.retyped = out.from[0].name
	}
}

// number returns a YAML number as JSON writes it.
func number(node *yaml.Node) (string, error) {
	if jsonNumber.MatchString(node.Value) {
		return node.Value, nil // with all its digits
	}
	var n any
	if err := node.Load(&n); err != nil {
		return "", errors.New("it has other letters than digits")
	}
	if f, ok := n.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return "", errors.New("it is not finite")
	}
	literal, err := json.Marshal(n)
	return string(literal), err
}
