package verify_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/verify"
)

// FuzzState compares the verdict on a state with the library's on the whole
// document: what is read through must mean the same.
func FuzzState(f *testing.F) {
	plain := `{"type":"object","required":["n"],"minProperties":1,"maxProperties":5,"additionalProperties":{"type":["integer","null"]},"properties":{
		"n":{"type":"array","minItems":1,"maxItems":3,"items":{"$ref":"#/$defs/n"}}},
		"$defs":{"n":{"properties":{"id":{"enum":["a","b\u0000"]},"next":{"$ref":"#/$defs/n"},"v":{"minimum":0,"exclusiveMaximum":1e3},"t":{"minLength":2,"maxLength":3,"pattern":"^x"}}}}}`
	for _, schema := range []string{
		plain, `{"type":"integer","minimum":-1.5,"maximum":9007199254740993}`, `{"type":"number","exclusiveMinimum":0.1,"multipleOf":0.5}`,
		`{"required":["a"],"additionalProperties":false}`, `{"oneOf":[{"type":"integer"},{"minimum":3}]}`, `true`, `{"not":{}}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","items":{"format":"date"}}`,
		`{"items":{"anyOf":[{"type":"string","maxLength":1},{"$ref":"#"}]}}`, `{"prefixItems":[{"type":"null"}],"items":{"const":1}}`,
		`{"properties":{"a":{"patternProperties":{"^b":{"type":"null"}},"unevaluatedProperties":false}}}`,
	} {
		for _, doc := range []string{
			`{"n":[{"id":"a","v":0,"t":"x\ud83d\ude00"},{"id":"b\u0000","next":{"v":999.9}}],"x":1.0,"y":null}`, `{"n":[]}`, `{"n":[{"t":"x"}],"a":1e1}`,
			`3`, `-1.5`, `1e2`, `9007199254740993`, `9007199254740993.5`, `0.1`, `0.10000000000000001`, `"\u00e9"`, `[]`, `[null,1,1.0,"2020-01-01"]`,
			`{"a":{"b":null,"c":1}}`, `[[["a"]],"ab"]`, `null`, `-0`, `0.0`,
		} {
			f.Add(schema, doc)
		}
	}
	f.Fuzz(func(t *testing.T, schema, doc string) {
		c, err := verify.New(withState(schema))
		if err != nil {
			return // it need not be a schema
		}
		o := observation()
		o.State = json.RawMessage(doc)
		got := fields(t, c.Observation(o, now), "Internal")
		if slices.ContainsFunc(got, beyondSchema) {
			return
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(doc)))
		if err != nil {
			if len(doc) > 0 {
				t.Fatalf("%q is found to be JSON: %v, %v", doc, got, err)
			}
			value = nil
		}
		if want := whole(t, schema).Validate(value); (want == nil) != (len(got) == 0) {
			t.Fatalf("%s\non %s:\ngot  %v\nwant %v", schema, doc, got, want)
		}
	})
}

// beyondSchema tells of a problem that no schema speaks of.
func beyondSchema(field string) bool {
	for _, text := range []string{"not valid UTF-8", "not a JSON document", "is there twice", "beyond every bound", "deeper than", "can be checked for", "more work than", "cannot be checked"} {
		if bytes.Contains([]byte(field), []byte(text)) {
			return true
		}
	}
	return false
}

func whole(t *testing.T, schema string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(schema)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mem:///0.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mem:///0.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}
