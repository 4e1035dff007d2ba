package document

import (
	"bytes"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// YAML returns the document as YAML that says the same: members in their
// order, strings quoted where they could be taken for something else.
func (n *Node) YAML() ([]byte, error) {
	out, err := yaml.Dump(n.yaml(), yaml.WithLineWidth(-1))
	if err != nil {
		return nil, err
	}
	// What is left of unprintable runes is within double quotes, where YAML has
	// an escape for each.
	var b bytes.Buffer
	for _, r := range string(out) {
		switch {
		case r == '\n' || strconv.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xffff:
			hex(&b, r)
		default:
			b.WriteString(`\U` + strings.Repeat("0", 8-len(strconv.FormatInt(int64(r), 16))) + strconv.FormatInt(int64(r), 16))
		}
	}
	return b.Bytes(), nil
}

func (n *Node) yaml() *yaml.Node {
	switch n.Kind {
	case Object:
		node := &yaml.Node{Kind: yaml.MappingNode}
		if len(n.Members) == 0 {
			node.Style = yaml.FlowStyle
		}
		for _, m := range n.Members {
			node.Content = append(node.Content, text(m.Key), m.Value.yaml())
		}
		return node
	case Array:
		node := &yaml.Node{Kind: yaml.SequenceNode}
		if len(n.Items) == 0 {
			node.Style = yaml.FlowStyle
		}
		for _, item := range n.Items {
			node.Content = append(node.Content, item.yaml())
		}
		return node
	case String:
		return text(n.Text)
	case Null, Bool, Number:
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Value: n.Text}
}

// text is a string's node. The encoder quotes what needs it, but for what only
// this package holds to be unprintable.
func text(s string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	for _, r := range s {
		if !strconv.IsPrint(r) {
			node.Style = yaml.DoubleQuotedStyle
			break
		}
	}
	return node
}
