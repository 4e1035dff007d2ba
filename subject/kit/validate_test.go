package kit_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

func mustValidator(tb testing.TB, schema json.RawMessage) *kit.Validator {
	tb.Helper()
	v, err := kit.NewValidator(schema)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// wrong validates, and renders what is wrong one per line.
func wrong(v *kit.Validator, doc string) []string {
	fields := v.Validate(json.RawMessage(doc))
	if fields == nil {
		return nil
	}
	lines := make([]string, len(fields))
	for i, f := range fields {
		lines[i] = f.String()
	}
	return lines
}

const townSchema = `{
  "type": "object",
  "required": ["name", "mayor"],
  "additionalProperties": false,
  "properties": {
    "name": {"type": "string", "minLength": 1, "maxLength": 5, "pattern": "^[a-z]*$"},
    "code": {"type": "string", "minLength": 2},
    "mayor": {"type": ["null", "object"], "required": ["age"], "additionalProperties": false,
      "properties": {"age": {"type": "integer", "minimum": 18, "maximum": 99}}},
    "streets": {"type": "array", "minItems": 1, "maxItems": 3, "uniqueItems": true,
      "items": {"type": "object", "required": ["name"], "additionalProperties": false,
        "properties": {"name": {"type": "string"}, "length": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5}}}},
    "rank": {"enum": ["critical", "warning", "", 3, null, {"a": 1}]},
    "zone": {"const": "north"},
    "step": {"type": "integer", "multipleOf": 5},
    "labels": {"type": "object", "minProperties": 1, "maxProperties": 2, "additionalProperties": {"type": "string"}},
    "names": {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}},
    "either": {"anyOf": [{"type": "object", "required": ["url"]}, {"type": "object", "required": ["host", "port"]}]},
    "one": {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 0}]},
    "all": {"allOf": [{"minimum": 1}, {"minimum": 2}]},
    "same": {"allOf": [{"minimum": 1}, {"minimum": 1}]},
    "some": {"contains": {"const": 7}},
    "never": false,
    "not": {"not": {"type": "string"}},
    "pair": {"dependentRequired": {"user": ["password"]}},
    "link": {"$ref": "#/$defs/positive"},
    "timeout": {"type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$"}
  },
  "$defs": {"positive": {"type": "integer", "minimum": 1}}
}`

func TestValidate(t *testing.T) {
	v := mustValidator(t, json.RawMessage(townSchema))
	// with is a valid town with one more field.
	with := func(field string) string { return `{"name":"a","mayor":{"age":20},` + field + `}` }
	cases := map[string]struct {
		reason, doc string
		want        []string
	}{
		"Valid":            {reason: "Nothing is wrong.", doc: `{"name":"a","mayor":null}`},
		"Missing":          {reason: "Every field that is missing.", doc: `{}`, want: []string{"mayor: is required", "name: is required"}},
		"MissingNested":    {reason: "With the section's path.", doc: `{"name":"a","mayor":{}}`, want: []string{"mayor.age: is required"}},
		"Unknown":          {reason: "Every field that is not known.", doc: with(`"y":1,"x":2`), want: []string{"x: there is no such field", "y: there is no such field"}},
		"UnknownNested":    {reason: "With the section's path.", doc: `{"name":"a","mayor":{"age":20,"x":1}}`, want: []string{"mayor.x: there is no such field"}},
		"Type":             {reason: "Both types are told.", doc: `{"name":5,"mayor":{"age":20}}`, want: []string{"name: want string, got number"}},
		"TypeNested":       {reason: "null is not what anybody wanted to write.", doc: `{"name":"a","mayor":"b"}`, want: []string{"mayor: want object, got string"}},
		"NoInteger":        {reason: "A number is not any number.", doc: `{"name":"a","mayor":{"age":20.5}}`, want: []string{"mayor.age: want integer, got number"}},
		"WholeFloat":       {reason: "JSON has one kind of number.", doc: `{"name":"a","mayor":{"age":2.0e1}}`},
		"Root":             {reason: "The document itself has no path.", doc: `[1]`, want: []string{"want object, got array"}},
		"Null":             {reason: "null is no object.", doc: `null`, want: []string{"want object, got null"}},
		"Enum":             {reason: "All that may be there.", doc: with(`"rank":"x"`), want: []string{`rank: want one of critical, warning, "", 3, null, {"a":1}`}},
		"Const":            {reason: "What has to be there.", doc: with(`"zone":"south"`), want: []string{"zone: want north"}},
		"Pattern":          {reason: "The pattern is the schema's, so it may be told.", doc: `{"name":"A","mayor":null}`, want: []string{"name: does not match ^[a-z]*$"}},
		"Duration":         {reason: "Nobody reads that pattern.", doc: with(`"timeout":"5"`), want: []string{`timeout: want a duration such as "500ms" or "1m30s"`}},
		"Empty":            {reason: "A length of one in plain words.", doc: `{"name":"","mayor":null}`, want: []string{"name: must not be empty"}},
		"TooShort":         {reason: "A length, and what it is.", doc: with(`"code":"a"`), want: []string{"code: must have at least 2 characters, has 1"}},
		"TooLong":          {reason: "Characters and not bytes.", doc: `{"name":"aaaaaa","mayor":null}`, want: []string{"name: must have at most 5 characters, has 6"}},
		"Minimum":          {reason: "The bound.", doc: `{"name":"a","mayor":{"age":-7}}`, want: []string{"mayor.age: must be at least 18"}},
		"Maximum":          {reason: "The bound.", doc: `{"name":"a","mayor":{"age":100}}`, want: []string{"mayor.age: must be at most 99"}},
		"ExclusiveMinimum": {reason: "The bound is out.", doc: with(`"streets":[{"name":"a","length":0}]`), want: []string{"streets[0].length: must be more than 0"}},
		"ExclusiveMaximum": {reason: "The bound is out.", doc: with(`"streets":[{"name":"a","length":0.75}]`), want: []string{"streets[0].length: must be less than 0.5"}},
		"MultipleOf":       {reason: "The step.", doc: with(`"step":7`), want: []string{"step: must be a multiple of 5"}},
		"Items": {
			reason: "Every item by its number.",
			doc:    with(`"streets":[{"name":"a"},{"name":1,"x":1},{"length":1}]`),
			want: []string{
				"streets[1].name: want string, got number", "streets[1].x: there is no such field",
				"streets[2].length: must be less than 0.5", "streets[2].name: is required",
			},
		},
		"NoItems":         {reason: "A list's length.", doc: with(`"streets":[]`), want: []string{"streets: must have at least 1 item, has 0"}},
		"ManyItems":       {reason: "A list's length.", doc: with(`"streets":[{"name":"a"},{"name":"b"},{"name":"c"},{"name":"d"}]`), want: []string{"streets: must have at most 3 items, has 4"}},
		"SameItems":       {reason: "Which items.", doc: with(`"streets":[{"name":"a"},{"name":"b"},{"name":"a"}]`), want: []string{"streets: has the same item twice: [0] and [2]"}},
		"NoLabels":        {reason: "A map's length.", doc: with(`"labels":{}`), want: []string{"labels: must have at least 1 field, has 0"}},
		"ManyLabels":      {reason: "A map's length.", doc: with(`"labels":{"a":"","b":"","c":""}`), want: []string{"labels: must have at most 2 fields, has 3"}},
		"NumberedField":   {reason: "A field may be called by a number; only items have brackets.", doc: with(`"labels":{"0":5}`), want: []string{"labels.0: want string, got number"}},
		"FieldNames":      {reason: "The name that is wrong.", doc: with(`"names":{"a":1,"B":2}`), want: []string{`no field may be called "B" where one is`}},
		"AnyOf":           {reason: "Not all of them at once.", doc: with(`"either":{}`), want: []string{"either: fits none of the alternatives: either.url: is required, or either.host: is required and either.port: is required"}},
		"OneOfNone":       {reason: "None of them.", doc: with(`"one":"x"`), want: []string{"one: fits none of the alternatives: one: want integer, got string, or one: want number, got string"}},
		"OneOfSeveral":    {reason: "One too many.", doc: with(`"one":1`), want: []string{"one: fits several alternatives, and may fit one only"}},
		"AllOf":           {reason: "Each of them.", doc: with(`"all":0`), want: []string{"all: must be at least 1", "all: must be at least 2"}},
		"SaidOnce":        {reason: "Each thing once.", doc: with(`"same":0`), want: []string{"same: must be at least 1"}},
		"Contains":        {reason: "Not what is wrong with each item.", doc: with(`"some":[1,2]`), want: []string{"some: is not what the schema's contains wants"}},
		"Never":           {reason: "A field that may not be there.", doc: with(`"never":1`), want: []string{"never: is not permitted here"}},
		"Not":             {reason: "A keyword without words of its own.", doc: with(`"not":"x"`), want: []string{"not: is not what the schema wants"}},
		"Together":        {reason: "What one field makes another need.", doc: with(`"pair":{"user":"a"}`), want: []string{"pair.password: is required with user"}},
		"Reference":       {reason: "A reference within the schema.", doc: with(`"link":0`), want: []string{"link: must be at least 1"}},
		"Broken":          {reason: "No JSON.", doc: `{"name":`, want: []string{"not a JSON document: unexpected EOF"}},
		"Nothing":         {reason: "No JSON.", doc: ``, want: []string{"not a JSON document: EOF"}},
		"TwoDocuments":    {reason: "One document.", doc: `{} {}`, want: []string{"not a JSON document: there is more after the document's end"}},
		"HugeExponent":    {reason: "Written out it would fill the memory.", doc: with(`"step":1e1000000000`), want: []string{"step: is a number out of any sensible range"}},
		"TinyExponent":    {reason: "The library has no number for it.", doc: with(`"labels":{"a":[1e-1000000000]}`), want: []string{"labels.a[0]: is a number out of any sensible range"}},
		"EndlessDigits":   {reason: "Nobody means that.", doc: with(`"step":` + strings.Repeat("1", 101)), want: []string{"step: is a number out of any sensible range"}},
		"ZeroIsZero":      {reason: "However it is written.", doc: with(`"step":-0.000e999999999`)},
		"EverythingWrong": {reason: "All at once.", doc: `{"name":5,"x":1,"step":7,"mayor":{"age":1}}`, want: []string{"mayor.age: must be at least 18", "name: want string, got number", "step: must be a multiple of 5", "x: there is no such field"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			// The library walks maps, so once is not enough.
			for range 10 {
				if diff := cmp.Diff(tc.want, wrong(v, tc.doc)); diff != "" {
					t.Fatalf("%s\n%s\n-want +got:\n%s", tc.reason, tc.doc, diff)
				}
			}
		})
	}
}

// TestValidateKeepsSecrets puts a secret wherever something is wrong, and looks
// for it in what is said. In this dialect formats count too.
func TestValidateKeepsSecrets(t *testing.T) {
	schema := `{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {
	  "type": {"type": "integer"}, "pattern": {"pattern": "^a$"}, "enum": {"enum": [1]}, "const": {"const": 1},
	  "format": {"format": "date"}, "length": {"maxLength": 1}, "short": {"minLength": 100}, "not": {"not": {}},
	  "any": {"anyOf": [{"pattern": "^a$"}, {"type": "integer"}]}, "one": {"oneOf": [{"const": 1}, {"enum": [1]}]},
	  "items": {"items": {"type": "integer"}}, "unique": {"uniqueItems": true}, "object": {"additionalProperties": {"type": "integer"}},
	  "contains": {"contains": {"const": 1}}, "media": {"contentEncoding": "base64", "contentMediaType": "application/json"},
	  "if": {"if": {"type": "string"}, "then": {"pattern": "^a$"}},
	  "max": {"maximum": 1}, "min": {"minimum": 99999999}, "xmax": {"exclusiveMaximum": 1}, "xmin": {"exclusiveMinimum": 99999999}, "multiple": {"multipleOf": 5}
	}}`
	v := mustValidator(t, json.RawMessage(schema))
	var all struct {
		Properties map[string]any `json:"properties"`
	}
	if err := json.Unmarshal([]byte(schema), &all); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for name := range all.Properties {
		for _, value := range []string{`"hunter2"`, `["hunter2","hunter2"]`, `{"a":"hunter2"}`, `31337`, `"\u0068unter2"`} {
			said := strings.Join(wrong(v, fmt.Sprintf(`{%q:%s}`, name, value)), "\n")
			if said != "" {
				refused++
			}
			if strings.Contains(said, "hunter2") || strings.Contains(said, "31337") {
				t.Errorf("%s: a value is repeated: %s", name, said)
			}
		}
	}
	if refused < len(all.Properties) {
		t.Errorf("only %d documents were refused: this test does not test", refused)
	}
	for _, doc := range []string{`hunter2`, `"hunter2`, `{"a":hunter2}`, `{"type":"hunter2"} "hunter2"`, `{hunter2:1}`, `31337x`} {
		if said := strings.Join(wrong(v, doc), "\n"); said == "" || strings.Contains(said, "hunter2") || strings.Contains(said, "31337") {
			t.Errorf("%s: %q", doc, said)
		}
	}
}

// TestValidateQuotesNames: names come from whoever wrote the document, and what
// is said of them ends in a terminal.
func TestValidateQuotesNames(t *testing.T) {
	v := mustValidator(t, json.RawMessage(`{"additionalProperties": {"type": "object", "additionalProperties": false}}`))
	long := strings.Repeat("n", 1<<20)
	cases := map[string]struct{ reason, name, want string }{
		"Plain":  {reason: "A name is itself.", name: "node_id-2", want: `node_id-2`},
		"Dot":    {reason: "A dot does not lead to a field.", name: "a.b", want: `"a.b"`},
		"Index":  {reason: "Nor a bracket to an item.", name: "a[0]", want: `"a[0]"`},
		"Empty":  {reason: "Nothing is seen.", name: "", want: `""`},
		"Escape": {reason: "Not for the terminal.", name: "\x1b[2J", want: `"\x1b[2J"`},
		"Line":   {reason: "One line.", name: "a\nb", want: `"a\nb"`},
		"Bidi":   {reason: "One direction.", name: "a\u202eb", want: `"a\u202eb"`},
		"Quote":  {reason: "Its end is seen.", name: `a"b`, want: `"a\"b"`},
		"Space":  {reason: "It is one name.", name: "a: is fine", want: `"a: is fine"`},
		"Script": {reason: "Any script, quoted.", name: "鍵", want: `"鍵"`},
		"Long":   {reason: "It is bounded.", name: long, want: failure.Quote(long)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			quoted, err := json.Marshal(tc.name)
			if err != nil {
				t.Fatal(err)
			}
			want := []string{tc.want + "." + tc.want + ": there is no such field"}
			if diff := cmp.Diff(want, wrong(v, fmt.Sprintf(`{%s:{%s:1}}`, quoted, quoted))); diff != "" {
				t.Errorf("%s\nunknown field: -want +got:\n%s", tc.reason, diff)
			}
			want = []string{tc.want + ": want object, got number"}
			if diff := cmp.Diff(want, wrong(v, fmt.Sprintf(`{%s:1}`, quoted))); diff != "" {
				t.Errorf("%s\nwrong field: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestValidateIsBounded: a document that is wrong in very many places.
func TestValidateIsBounded(t *testing.T) {
	v := mustValidator(t, json.RawMessage(`{"additionalProperties": false}`))
	fields := make(map[string]int)
	for i := range 5000 {
		fields[fmt.Sprintf("f%04d", i)] = i
	}
	doc, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	said := wrong(v, string(doc))
	if len(said) != 101 || said[0] != "f0000: there is no such field" || said[100] != "and 4900 more are wrong" {
		t.Errorf("%d: %s ... %s", len(said), said[0], said[len(said)-1])
	}
}

func TestNewValidatorErrors(t *testing.T) {
	cases := map[string]struct{ reason, schema, want string }{
		"NoJSON":   {reason: "Not a document.", schema: `{`, want: "compile the schema: "},
		"NoSchema": {reason: "Not a schema.", schema: `{"type": "colour"}`, want: "compile the schema: "},
		"File":     {reason: "A schema reads no files.", schema: `{"$ref": "file:///etc/passwd"}`, want: `the schema refers to "file:///etc/passwd", which is not part of it`},
		"Relative": {reason: "Not beside it either.", schema: `{"$ref": "other.json"}`, want: `which is not part of it`},
		"Network":  {reason: "And asks nobody.", schema: `{"properties": {"a": {"$ref": "http://127.0.0.1:1/a.json"}}}`, want: `the schema refers to "http://127.0.0.1:1/a.json", which is not part of it`},
		"Dialect":  {reason: "Nor for its dialect.", schema: `{"$schema": "http://127.0.0.1:1/meta"}`, want: `which is not part of it`},
		"Dangling": {reason: "What is not there.", schema: `{"$ref": "#/$defs/nosuch"}`, want: "compile the schema: "},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := kit.NewValidator(json.RawMessage(tc.schema))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\ngot %v, want %s", tc.reason, err, tc.want)
			}
		})
	}
}

// FuzzValidate: no document crashes, and what is said of it is bounded.
func FuzzValidate(f *testing.F) {
	v := mustValidator(f, json.RawMessage(townSchema))
	for _, doc := range []string{
		`{}`, `{"name":"a","mayor":{"age":1e400}}`, `[1e999999999]`, `{"step":-0.0e-0}`, `{"streets":[[],{},null,5]}`, `{"all":1e-400}`,
		`{"labels":{"0":{"0":0}}}`, `{"one":0.1e1}`, `{"some":[7]}`, `"\ud800"`, `{"a":1,"a":2}`, "\xff",
	} {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		for _, field := range v.Validate(json.RawMessage(doc)) {
			if field.Message == "" || strings.ContainsAny(field.String(), "\n\x1b") {
				t.Fatalf("%q: %q", doc, field.String())
			}
		}
	})
}
