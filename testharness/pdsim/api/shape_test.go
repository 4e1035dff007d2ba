package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// shape renders the keys and types of JSON; a text that is all there is, and what
// is no JSON, is rendered as it is.
func shape(t *testing.T, body string) string {
	t.Helper()
	trimmed := strings.TrimSpace(body)
	if !strings.HasPrefix(trimmed, "{") && !strings.HasPrefix(trimmed, "[") {
		return body
	}
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	s, err := shapeOf(decoder)
	if err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return s
}

func shapeOf(d *json.Decoder) (string, error) {
	token, err := d.Token()
	if err != nil {
		return "", err
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return shapeOfObject(d)
		}
		return shapeOfArray(d)
	case string:
		return "text", nil
	case json.Number:
		return "number", nil
	case nil:
		return "null", nil
	default:
		return fmt.Sprintf("%T", token), nil
	}
}

func shapeOfObject(d *json.Decoder) (string, error) {
	var b strings.Builder
	b.WriteString("{\n")
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return "", err
		}
		value, err := shapeOf(d)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%v: %s\n", key, value)
	}
	b.WriteString("}")
	_, err := d.Token()
	return b.String(), err
}

// shapeOfArray is the set of its elements' shapes.
func shapeOfArray(d *json.Decoder) (string, error) {
	var shapes []string
	for d.More() {
		s, err := shapeOf(d)
		if err != nil {
			return "", err
		}
		shapes = append(shapes, s)
	}
	slices.Sort(shapes)
	_, err := d.Token()
	return "[" + strings.Join(slices.Compact(shapes), " or ") + "]", err
}
