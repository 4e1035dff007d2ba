package verify_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/verify"
)

func TestConfigAndParams(t *testing.T) {
	t.Parallel()
	c := checker(t, definition())
	tests := map[string]struct {
		reason string
		err    error
		want   []string
	}{
		"Good":      {"As the schema has it.", c.Config(json.RawMessage(`{"redis":{"timeout":"1s"},"management":{"urls":["http://a"]}}`)), nil},
		"Paths":     {"Every field, by its path.", c.Config(json.RawMessage(`{"redis":{"timeout":5},"management":{"urls":["ftp"]}}`)), []string{"redis.timeout: want string, got number", `management.urls[0]: does not match "^http"`}},
		"Unknown":   {"A hostile name is quoted.", c.Config(json.RawMessage(`{"redis":{},"a.\u001bb":1}`)), []string{`"a.\x1bb": there is no such field`}},
		"Empty":     {"None is null.", c.Config(nil), []string{"want object, got null"}},
		"NoJSON":    {"It is a document.", c.Config(json.RawMessage(`{"redis":`)), []string{"is not a JSON document"}},
		"Params":    {"As the schema has it.", c.Params("restart", json.RawMessage(`{"node":"a"}`)), nil},
		"NoParams":  {"None is an empty object.", c.Params("restart", nil), []string{"node: is required"}},
		"BadParams": {"Every parameter.", c.Params("restart", json.RawMessage(`{"node":"","b":1}`)), []string{"node: must have at least 1 character, has 0", "b: there is no such field"}},
		"NoAction":  {"The catalogue has no such action.", c.Params("x\n", nil), []string{`name: "x\n" is in no catalogue`}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, tc.reason, tc.want, fields(t, tc.err, protocol.InvalidArgument))
		})
	}
}

// What a document may be besides what its schema says.
func TestDocument(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	tests := map[string]struct{ reason, doc, want string }{
		"Deep":         {"So deep it may be.", deep(verify.MaxDepth), ""},
		"TooDeep":      {"And no deeper.", deep(verify.MaxDepth + 1), "state" + strings.Repeat("[0]", verify.MaxDepth) + ": lies deeper than 64 levels"},
		"Abyss":        {"However deep.", deep(100_000), "state" + strings.Repeat("[0]", verify.MaxDepth) + ": lies deeper than 64 levels"},
		"Twice":        {"Which of them is meant?", `{"a":[{"b":1,"c":2,"b":3}]}`, "state.a[0].b: is there twice"},
		"TwiceEscaped": {"However it is written.", `{"b":1,"\u0062":2}`, "state.b: is there twice"},
		"NotTwice":     {"A name is one in its object.", `{"a":{"a":1},"b":{"a":1}}`, ""},
		"Exponent":     {"No float has so many digits.", `[1, 1e1000]`, "state[1]: is a number beyond every bound"},
		"Exponent3":    {"A float might.", `[1e-0000300, 1E+99]`, ""},
		"Digits":       {"Nobody means so many.", strings.Repeat("1", verify.MaxNumberBytes+1), "state: is a number beyond every bound"},
		"Fields": {"What has many entries is a list.", func() string {
			doc := []byte(`{"0":0`)
			for i := range verify.MaxFields {
				doc = fmt.Appendf(doc, `,"%x":0`, i+1)
			}
			return string(append(doc, '}'))
		}(), "state: has more than 100000 fields"},
		"UTF8":     {"JSON is UTF-8.", "\"\xff\"", "state: is not valid UTF-8"},
		"Space":    {"Space is nothing.", " \n\t[ 1 , {\"a\" : [ ] } ]\r\n", ""},
		"Trailing": {"One document.", "[] 1", "state: is not a JSON document"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := observation()
			o.State = json.RawMessage(tc.doc)
			var want []string
			if tc.want != "" {
				want = []string{tc.want}
			}
			compare(t, tc.reason, want, fields(t, checker(t, withState(`{}`)).Observation(o, now), protocol.Internal))
		})
	}
}

// Every keyword, where something is wrong with each value.
func TestKeywords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", verify.MaxWholeBytes)
	tests := map[string]struct{ schema, doc, want string }{
		"type":             {`{"type":["string","null"]}`, `true`, "state: want null or string, got boolean"},
		"integer":          {`{"type":"integer"}`, `1.5`, "state: want integer, got number"},
		"enum":             {`{"enum":["a","b\n"]}`, `"c"`, `state: want one of "a", "b\n"`},
		"enum/other":       {`{"enum":["a"]}`, `[]`, `state: want one of "a"`},
		"enum/mixed":       {`{"enum":["a",1,null,{}]}`, `2`, `state: want one of "a", 1, null, a certain value`},
		"const":            {`{"const":{"a":1}}`, `{"a":2}`, "state: want a certain value"},
		"required":         {`{"required":["a","b"]}`, `{"a":1}`, "state.b: is required"},
		"required/refused": {`{"required":["a"],"additionalProperties":false}`, `{"a":1}`, "state.a: there is no such field"},
		"properties":       {`{"properties":{"a\n":{"type":"null"}}}`, `{"a\u000a":1}`, `state."a\n": want null, got number`},
		"additional":       {`{"additionalProperties":{"type":"null"}}`, `{"a":1}`, "state.a: want null, got number"},
		"additional/false": {`{"additionalProperties":false}`, `{"a":1}`, "state.a: there is no such field"},
		"minProperties":    {`{"minProperties":2}`, `{"a":1}`, "state: must have at least 2 fields, has 1"},
		"maxProperties":    {`{"maxProperties":1}`, `{"a":1,"b":2}`, "state: must have at most 1 field, has 2"},
		"items":            {`{"items":false}`, `[1]`, "state[0]: is not permitted here"},
		"minItems":         {`{"minItems":2}`, `[1]`, "state: must have at least 2 items, has 1"},
		"maxItems":         {`{"maxItems":0}`, `[1]`, "state: must have at most 0 items, has 1"},
		"minLength":        {`{"minLength":3}`, `"é\ud83d\ude00"`, "state: must have at least 3 characters, has 2"},
		"maxLength":        {`{"maxLength":2}`, `"a\n\ud83dx"`, "state: must have at most 2 characters, has 4"},
		"pattern":          {`{"pattern":"^a$"}`, `"b"`, `state: does not match "^a$"`},
		"pattern/long":     {`{"pattern":"^a$"}`, `"` + long + `"`, `state: has 16386 bytes, and what its schema says with "pattern" can be checked for 16384 at most`},
		"minimum":          {`{"minimum":0}`, `-0.5`, "state: must be at least 0"},
		"maximum":          {`{"maximum":1.5}`, `2`, "state: must be at most 1.5"},
		"exclusiveMinimum": {`{"exclusiveMinimum":1}`, `1`, "state: must be more than 1"},
		"exclusiveMaximum": {`{"exclusiveMaximum":1}`, `1.0`, "state: must be less than 1"},
		"multipleOf":       {`{"multipleOf":3}`, `4`, "state: must be a multiple of 3"},
		"uniqueItems":      {`{"uniqueItems":true}`, `[1,2,1.0]`, "state: has the same item twice: [0] and [2]"},
		"oneOf":            {`{"oneOf":[{"type":"null"},{"type":"string"}]}`, `1`, "state: is not what the schema's oneOf wants"},
		"allOf":            {`{"properties":{"a":{"allOf":[{"required":["b"]}]}}}`, `{"a":{}}`, "state.a.b: is required"},
		"not":              {`{"not":{"type":"null"}}`, `null`, "state: is not what the schema wants"},
		"ref":              {`{"$defs":{"n":{"properties":{"next":{"$ref":"#/$defs/n"},"id":{"type":"string"}}}},"$ref":"#/$defs/n"}`, `{"next":{"next":{"id":1}}}`, "state.next.next.id: want string, got number"},
		"propertyNames":    {`{"properties":{"a":{"propertyNames":{"maxLength":1}}}}`, `{"a":{"bb":1}}`, `state.a: has a field that may not be called "bb"`},
		"patternProps":     {`{"patternProperties":{"^a":{"type":"null"}}}`, `{"ab":[1]}`, "state.ab: want null, got array"},
		"dependent":        {`{"dependentRequired":{"a":["b"]}}`, `{"a":1}`, `state.b: is required with "a"`},
		"unevaluated":      {`{"allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false}`, `{"a":1,"b":1}`, "state.b: is not permitted here"},
		"dynamicRef":       {`{"$dynamicAnchor":"n","properties":{"a":{"$dynamicRef":"#n"}},"required":["b"]}`, `{"b":1,"a":{}}`, "state.a.b: is required"},
		"draft7/items":     {`{"$schema":"http://json-schema.org/draft-07/schema#","items":{"type":"null"}}`, `[null,1]`, "state[1]: want null, got number"},
		"draft7/tuple":     {`{"$schema":"http://json-schema.org/draft-07/schema#","items":[{}],"additionalItems":false}`, `[null,1]`, "state: is not what the schema's additionalItems wants"},
		"large":            {`{"anyOf":[{"type":"string"}]}`, `"` + long + `"`, `state: has 16386 bytes, and what its schema says with "anyOf" can be checked for 16384 at most`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := observation()
			o.State = json.RawMessage(tc.doc)
			compare(t, fmt.Sprintf("%s on %.100s", tc.schema, tc.doc), []string{tc.want}, fields(t, checker(t, withState(tc.schema)).Observation(o, now), protocol.Internal))
		})
	}
}
