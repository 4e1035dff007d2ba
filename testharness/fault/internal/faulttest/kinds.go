package faulttest

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// CheckKinds checks what can be said of kinds without a stack: that they are
// described, their names are one of a kind, and the schemas accept the defaults
// that they tell.
func CheckKinds(t *testing.T, kinds []stack.Kind) {
	t.Helper()
	names := make([]string, 0, len(kinds))
	for _, k := range kinds {
		if k.Name == "" || k.Summary == "" || k.New == nil || slices.Contains(names, k.Name) {
			t.Errorf("kind %q is not described, or there are two of it", k.Name)
		}
		names = append(names, k.Name)
		if k.With != nil {
			checkSchema(t, k)
		}
	}
}

func checkSchema(t *testing.T, k stack.Kind) {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(k.With))
	if err != nil {
		t.Fatalf("%s: the schema is no JSON: %v", k.Name, err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("kind.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("kind.json")
	if err != nil {
		t.Fatalf("%s: %v", k.Name, err)
	}
	var said struct {
		Type       string
		Properties map[string]struct {
			Description string
			Default     any
		}
	}
	if err := json.Unmarshal(k.With, &said); err != nil {
		t.Fatal(err)
	}
	defaults := map[string]any{}
	for name, p := range said.Properties {
		if p.Default == nil || p.Description == "" {
			t.Errorf("%s: %s has no default or no description", k.Name, name)
		}
		defaults[name] = p.Default
	}
	for what, value := range map[string]any{"nothing": map[string]any{}, "the defaults": defaults} {
		if err := compiled.Validate(value); err != nil {
			t.Errorf("%s: the schema does not accept %s: %v", k.Name, what, err)
		}
	}
	if compiled.Validate(map[string]any{"unheard_of": 1}) == nil || said.Type != "object" {
		t.Errorf("%s: the schema accepts what there is not", k.Name)
	}
}

// Defaults returns the parameters of a kind with every default said aloud.
func Defaults(t *testing.T, k stack.Kind) json.RawMessage {
	t.Helper()
	if k.With == nil {
		return nil
	}
	var said struct {
		Properties map[string]struct{ Default any }
	}
	if err := json.Unmarshal(k.With, &said); err != nil {
		t.Fatal(err)
	}
	defaults := map[string]any{}
	for name, p := range said.Properties {
		defaults[name] = p.Default
	}
	encoded, err := json.Marshal(defaults)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}
