package verify

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const glancedSchema = `{"type":"object","required":["a","list"],"additionalProperties":false,"minProperties":2,"properties":{
	"a":{"type":"string","minLength":1,"maxLength":3},"kind":{"enum":["x","y\"z"]},"flag":{"type":["boolean","null"]},
	"n":{"type":"integer","minimum":-5,"exclusiveMaximum":100},"f":{"type":"number","maximum":0.5},
	"list":{"type":"array","maxItems":3,"items":{"$ref":"#/properties/n"}},"open":{},"more":{"additionalProperties":{"type":"integer"}},"deep":{"$ref":"#"}}}`

func TestGlance(t *testing.T) {
	cases := map[string]struct {
		reason  string
		doc     string
		certain bool
	}{
		"Whole":          {"Every kind of thing.", `{"a":"é1","kind":"x","flag":true,"n":-5,"f":-1e3,"list":[1, 2 ,3],"open":[{"b":"\u00e9\n","c":{}},[]],"more":{"p":1,"q":2}}`, true},
		"Spaces":         {"White space means nothing.", " {\n\"a\" :\t\"b\" , \"list\" : [ ] , \"flag\" : null } \r", true},
		"ItselfAgain":    {"A schema may lead to itself.", `{"a":"b","list":[],"deep":{"a":"c","list":[0]}}`, true},
		"Escaped":        {"A text may be escaped.", `{"a":"\ud83d\ude00","kind":"y\"z","list":[]}`, true},
		"EscapedName":    {"A name that is escaped may be any.", `{"\u0061":"b","list":[]}`, false},
		"Missing":        {"A field is required.", `{"a":"b","flag":false}`, false},
		"Twice":          {"A field is there twice.", `{"a":"b","a":"b","list":[]}`, false},
		"StrangeTwice":   {"One that the schema does not name.", `{"a":"b","list":[],"more":{"p":1,"p":1}}`, false},
		"ManyTwice":      {"One of many.", `{"a":"b","list":[],"open":{` + fieldsOf(12) + `,"f3":0}}`, false},
		"Many":           {"Many are not twice.", `{"a":"b","list":[],"open":{` + fieldsOf(12) + `}}`, true},
		"Unknown":        {"There is no such field.", `{"a":"b","list":[],"c":1}`, false},
		"TooLong":        {"Of characters, not bytes.", `{"a":"éééé","list":[]}`, false},
		"NotListed":      {"An enum has only its texts.", `{"a":"b","kind":"z","list":[]}`, false},
		"NotText":        {"And texts only.", `{"a":"b","kind":null,"list":[]}`, false},
		"TooLarge":       {"A bound.", `{"a":"b","list":[100]}`, false},
		"TooSmall":       {"Another.", `{"a":"b","list":[-6]}`, false},
		"Fraction":       {"It is an integer, but for a program.", `{"a":"b","list":[1.0]}`, false},
		"LeadingZero":    {"JSON has no such number.", `{"a":"b","list":[01]}`, false},
		"Minus":          {"Nor this.", `{"a":"b","list":[-]}`, false},
		"Beyond":         {"A number no program reads.", `{"a":"b","list":[],"open":1e1000}`, false},
		"LongInteger":    {"It does not fit, and is larger.", `{"a":"b","list":[99999999999999999999]}`, false},
		"Items":          {"Too many.", `{"a":"b","list":[1,2,3,4]}`, false},
		"Comma":          {"Nothing comes after it.", `{"a":"b","list":[1,]}`, false},
		"CommaInObject":  {"Nor here.", `{"a":"b","list":[],}`, false},
		"NoComma":        {"It is not left out.", `{"a":"b" "list":[]}`, false},
		"Cut":            {"The end is missing.", `{"a":"b","list":[]`, false},
		"Behind":         {"Something comes after the end.", `{"a":"b","list":[]}}`, false},
		"Control":        {"A text has none.", "{\"a\":\"\x1f\",\"list\":[]}", false},
		"ControlFurther": {"Nor beyond its first eight bytes.", "{\"a\":\"b\",\"list\":[],\"open\":\"12345678\x00\"}", false},
		"NoUTF8":         {"It has to be.", "{\"a\":\"\xff\",\"list\":[]}", false},
		"Word":           {"There is no such word.", `{"a":"b","list":[],"flag":tru}`, false},
		"Deepest":        {"So deep it may be.", `{"a":"b","list":[],"open":` + strings.Repeat("[", MaxDepth-1) + strings.Repeat("]", MaxDepth-1) + `}`, true},
		"TooDeep":        {"And no deeper.", `{"a":"b","list":[],"open":` + strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth) + `}`, false},
		"Nothing":        {"There is no document.", ``, false},
	}
	d := documentOf(t, glancedSchema)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := d.glance([]byte(c.doc)); got != c.certain {
				t.Errorf("%s: got %t", c.reason, got)
			}
			agrees(t, d, c.doc)
		})
	}
}

// What cannot be seen at a glance is not looked for there.
func TestNotPlain(t *testing.T) {
	for _, schema := range []string{
		`{"properties":{"a":{"items":{"pattern":"x"}}}}`, `{"additionalProperties":{"oneOf":[{}]}}`, `{"items":{"multipleOf":2}}`,
		`{"properties":{"a":false}}`, `{"properties":{` + fieldsOf(65, "{}") + `}}`,
	} {
		if documentOf(t, schema).plain {
			t.Errorf("%.80s is found to be plain", schema)
		}
	}
	for _, schema := range []string{`{"properties":{` + fieldsOf(64, "{}") + `}}`, `{}`, `true`} {
		if d := documentOf(t, schema); !d.plain || !d.glance([]byte(`{"f63":1,"f0":2}`)) || d.glance([]byte(`{"f63":1,"f63":2}`)) {
			t.Errorf("%.80s is not found to be plain, or not read right", schema)
		}
	}
}

// FuzzGlance has what is found right at a glance be looked at in full.
func FuzzGlance(f *testing.F) {
	d := documentOf(f, glancedSchema)
	anything := documentOf(f, `{}`)
	f.Add(`{"a":"é1","kind":"x","flag":true,"n":-5,"f":-1e3,"list":[1,2],"open":[{"b":"\u00e9\n"}],"more":{"p":1},"deep":{"a":"b","list":[]}}`)
	f.Fuzz(func(t *testing.T, doc string) {
		agrees(t, d, doc)
		agrees(t, anything, doc)
	})
}

// agrees checks that nothing is found wrong with what is right for certain.
func agrees(t *testing.T, d *document, doc string) {
	t.Helper()
	if !d.glance([]byte(doc)) {
		return
	}
	var p problems
	d.read(&p, "", []byte(doc))
	if p.count() > 0 || !json.Valid([]byte(doc)) {
		t.Fatalf("%q is found right at a glance, and then %v", doc, p.listed)
	}
}

func documentOf(t testing.TB, schema string) *document {
	t.Helper()
	var p problems
	d := newSchemas(&p).compile("", json.RawMessage(schema))
	if p.count() > 0 {
		t.Fatal(p.listed)
	}
	return d
}

// fieldsOf writes fields, whose values are their numbers if none is given.
func fieldsOf(n int, value ...string) string {
	all := make([]string, n)
	for i := range all {
		of := fmt.Sprint(i)
		if len(value) > 0 {
			of = value[0]
		}
		all[i] = fmt.Sprintf("%q:%s", fmt.Sprintf("f%d", i), of)
	}
	return strings.Join(all, ",")
}
