package schema

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const example = `{
  "type": "object",
  "$defs": {
    "tls": {"type": "object", "properties": {"ca": {"type": "string", "title": "CA file"}}},
    "tree": {"type": "object", "properties": {"child": {"$ref": "#/$defs/tree"}, "name": {"type": "string"}}},
    "loop": {"$ref": "#/$defs/loop"}
  },
  "required": ["url"],
  "properties": {
    "url": {"type": "string", "format": "uri", "description": "Where it is."},
    "retries": {"type": ["null", "integer"], "minimum": 0, "maximum": 10, "default": 3},
    "mode": {"enum": ["fast", "safe"], "default": "safe"},
    "ratio": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "urls": {"type": "array", "items": {"type": "string"}, "minItems": 1},
    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    "pools": {"type": "array", "items": {"type": "object", "required": ["size"], "properties": {"size": {"type": "integer", "minimum": 1}}}},
    "by_zone": {"type": "object", "additionalProperties": {"type": "object", "properties": {"quota": {"type": "integer"}}}},
    "tls": {"$ref": "#/$defs/tls", "description": "Transport security."},
    "either": {"anyOf": [{"type": "string"}, {"type": "boolean"}]},
    "loop": {"$ref": "#/$defs/loop"},
    "away": {"$ref": "https://example.com/schema"},
    "anything": {},
    "code": {"type": "string", "pattern": "^[a-z]+$"},
    "odd": {"type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h))+$"}
  },
  "additionalProperties": false
}`

type row struct{ Path, Type, Required, Default, Constraints, Description string }

func rows(s Schema) []row {
	fields := s.Flatten()
	out := make([]row, 0, len(fields))
	for _, f := range fields {
		r := row{Path: f.Path, Type: f.Schema.Type(), Constraints: f.Schema.Constraints(), Description: f.Schema.Description()}
		if f.Required {
			r.Required = "yes"
		}
		r.Default, _ = f.Schema.Default()
		out = append(out, r)
	}
	return out
}

func TestFlatten(t *testing.T) {
	s, err := Parse([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	want := []row{
		{Path: "url", Type: "string", Required: "yes", Constraints: "as uri", Description: "Where it is."},
		{Path: "retries", Type: "integer or null", Default: "3", Constraints: "0 to 10"},
		{Path: "mode", Type: "string", Default: "safe", Constraints: "one of fast, safe"},
		{Path: "ratio", Type: "number", Constraints: "above 0, below 1"},
		{Path: "urls", Type: "list of strings", Constraints: "at least 1 item"},
		{Path: "labels", Type: "map of strings"},
		{Path: "pools[].size", Type: "integer", Required: "yes", Constraints: "at least 1"},
		{Path: "by_zone.*.quota", Type: "integer"},
		{Path: "tls.ca", Type: "string", Description: "CA file"},
		{Path: "either", Type: "string or boolean"},
		{Path: "loop", Type: "any"},
		{Path: "away", Type: "any"},
		{Path: "anything", Type: "any"},
		{Path: "code", Type: "string", Constraints: "matching ^[a-z]+$"},
		{Path: "odd", Type: "string", Constraints: "of a pattern (see -o json)"},
	}
	if diff := cmp.Diff(want, rows(s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !s.Closed() {
		t.Error("additionalProperties false is not seen")
	}
}

func TestRecursionEnds(t *testing.T) {
	s, err := Parse([]byte(strings.Replace(example, `"anything": {}`, `"tree": {"$ref": "#/$defs/tree"}`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Flatten()); n > maxFields {
		t.Errorf("%d fields of a recursive schema", n)
	}
}

func TestOddSchemas(t *testing.T) {
	for name, c := range map[string]struct{ reason, in string }{
		"boolean":        {"true is a schema", `true`},
		"list":           {"a list is none, and must not panic", `[1]`},
		"wrong type":     {"keywords of the wrong type are ignored", `{"type": 5, "properties": [], "required": {}, "enum": 3, "items": true}`},
		"list of itself": {"recursion of types must end", `{"type": "array", "items": {"$ref": "#"}}`},
		"any of itself":  {"likewise", `{"anyOf": [{"$ref": "#"}]}`},
		"map of itself":  {"likewise", `{"type": "object", "additionalProperties": {"$ref": "#"}}`},
		"generator":      {"how a generator writes a closed object", `{"type":"object","additionalProperties":{"not":{}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Parse([]byte(c.in))
			if err != nil {
				t.Fatalf("%s: %v", c.reason, err)
			}
			_, _, _ = s.Flatten(), s.Type(), s.Constraints()
			if name == "generator" && !s.Closed() {
				t.Error("it is not closed")
			}
		})
	}
}
