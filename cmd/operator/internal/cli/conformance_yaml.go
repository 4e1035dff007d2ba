package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v4"
)

// loadYAML reads the one document of a file; an empty one is {}.
func loadYAML(data []byte) (*yaml.Node, error) {
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var doc, more yaml.Node
	switch err := loader.Load(&doc); {
	case errors.Is(err, io.EOF), err == nil && doc.Kind != yaml.DocumentNode, err == nil && len(doc.Content) == 0:
		return &yaml.Node{Kind: yaml.MappingNode, Line: 1}, nil
	case err != nil:
		if e, ok := errors.AsType[*yaml.LoadError](err); ok {
			return nil, fmt.Errorf("line %d: not YAML: %s", e.Mark.Line, e.Message)
		}
		return nil, fmt.Errorf("not YAML: %w", err)
	}
	if err := loader.Load(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one YAML document")
	}
	return doc.Content[0], nil
}

// maxYAMLValues and maxYAMLDepth bound a document after its aliases were
// followed.
const (
	maxYAMLValues = 100_000
	maxYAMLDepth  = 100
)

// yamlToJSON returns a value as JSON. What looks like a date is a text.
func yamlToJSON(n *yaml.Node) (json.RawMessage, error) {
	values := 0
	v, err := yamlValue(n, 0, &values)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

func yamlValue(n *yaml.Node, depth int, values *int) (any, error) {
	if *values++; *values > maxYAMLValues || depth > maxYAMLDepth {
		return nil, fmt.Errorf("line %d: too large or too deep, aliases included", n.Line)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return yamlValue(n.Alias, depth+1, values)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			var err error
			if list[i], err = yamlValue(item, depth+1, values); err != nil {
				return nil, err
			}
		}
		return list, nil
	case yaml.MappingNode:
		object := make(map[string]any)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if _, twice := object[key.Value]; twice || key.Kind != yaml.ScalarNode || key.ShortTag() == "!!merge" {
				return nil, fmt.Errorf("line %d: a key must be a text, be there once, and not be <<", key.Line)
			}
			var err error
			if object[key.Value], err = yamlValue(n.Content[i+1], depth+1, values); err != nil {
				return nil, err
			}
		}
		return object, nil
	case yaml.ScalarNode:
		return yamlScalar(n)
	default:
		return nil, fmt.Errorf("line %d: this kind of YAML node has no meaning here", n.Line)
	}
}

func yamlScalar(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, nil //nolint:nilnil // null is a value of JSON
	case "!!bool", "!!int", "!!float":
		var v any
		err := n.Decode(&v)
		if err == nil {
			_, err = json.Marshal(v)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %q has no JSON form", n.Line, n.Value)
		}
		return v, nil
	default:
		return n.Value, nil
	}
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
