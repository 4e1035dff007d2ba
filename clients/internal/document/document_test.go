package document_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/document"
)

// thing has one field of each kind.
type thing struct {
	Text  string
	Int   int64
	Uint  uint64
	Float float64
	Bool  bool
	Left  int64  // omitted when zero
	Maybe *int64 // may not be known
	Texts []string
	Inner inner
	List  []inner
	Names []string
}

type inner struct{ A int64 }

func readInner(o document.Object) inner { return inner{A: o.Integer("a")} }

func readThing(o document.Object) thing {
	return thing{
		Text:  o.Text("text"),
		Int:   o.Integer("int"),
		Uint:  o.Unsigned("uint"),
		Float: o.Number("float"),
		Bool:  o.Boolean("bool"),
		Left:  document.Omitted(o, "left", o.Integer),
		Maybe: document.Nullable(o, "maybe", o.Integer),
		Texts: o.Texts("texts"),
		Inner: readInner(o.Object("inner")),
		List:  document.List(o, "list", readInner),
		Names: o.Object("map").Names(),
	}
}

const whole = `{"text":"a","int":-1,"uint":18446744073709551615,"float":0.5,"bool":true,"left":7,"maybe":8,
	"texts":["x"],"inner":{"a":1,"b":0},"list":[{"a":2},{"a":3}],"map":{"2":0,"1":0},"unknown":[[]]}`

func TestDecode(t *testing.T) {
	want := thing{
		Text: "a", Int: -1, Uint: 1<<64 - 1, Float: 0.5, Bool: true, Left: 7, Maybe: new(int64(8)),
		Texts: []string{"x"}, Inner: inner{1}, List: []inner{{2}, {3}}, Names: []string{"1", "2"},
	}
	got, err := document.Decode([]byte(whole), readThing)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n-want +got:\n%s", err, diff)
	}
}

func TestDecodeNamesTheField(t *testing.T) {
	cases := map[string]struct {
		reason, from, to, want string // want "": decoded
	}{
		"NoText":      {reason: "Missing is not empty.", from: `"text":"a",`, want: "text is missing"},
		"OtherCase":   {reason: "Names are as they are.", from: `"text"`, to: `"Text"`, want: "text is missing"},
		"NullText":    {reason: "Nor is null.", from: `"text":"a"`, to: `"text":null`, want: "text is null, want string"},
		"Fraction":    {reason: "Whole numbers are whole.", from: `"int":-1`, to: `"int":1.5`, want: "int is the number 1.5, want integer"},
		"Exponent":    {reason: "And written so.", from: `"int":-1`, to: `"int":1e3`, want: "int is the number 1e3, want integer"},
		"Negative":    {reason: "An id has no sign.", from: `"uint":18446744073709551615`, to: `"uint":-1`, want: "uint is the number -1, want integer, not negative"},
		"TooLarge":    {reason: "Too large is not the largest.", from: `18446744073709551615`, to: `18446744073709551616`, want: "uint is the number 18446744073709551616, want integer, not negative"},
		"Infinite":    {reason: "Nor for numbers.", from: `"float":0.5`, to: `"float":1e999`, want: "float is the number 1e999, want number"},
		"TextBool":    {reason: "A text is not true.", from: `"bool":true`, to: `"bool":"true"`, want: "bool is string, want boolean"},
		"LeftOut":     {reason: "What may be left out may.", from: `"left":7,`},
		"NullOmitted": {reason: "But null is not left out.", from: `"left":7`, to: `"left":null`, want: "left is null, want integer"},
		"TextOmitted": {reason: "And what is there has to be right.", from: `"left":7`, to: `"left":"7"`, want: "left is string, want integer"},
		"NotKnown":    {reason: "What may be null may.", from: `"maybe":8`, to: `"maybe":null`},
		"NotThere":    {reason: "Or be left out.", from: `"maybe":8,`},
		"MaybeText":   {reason: "But not be wrong.", from: `"maybe":8`, to: `"maybe":"8"`, want: "maybe is string, want integer"},
		"NullTexts":   {reason: "A list is there.", from: `["x"]`, to: `null`, want: "texts is null, want array"},
		"TextsObject": {reason: "And a list.", from: `["x"]`, to: `{}`, want: "texts is object, want array"},
		"TextsItem":   {reason: "Of texts.", from: `["x"]`, to: `["x",1]`, want: "texts[1] is the number 1, want string"},
		"TextsNull":   {reason: "Null is no text.", from: `["x"]`, to: `["x",null]`, want: "texts[1] is null, want string"},
		"NoInner":     {reason: "An object is there.", from: `"inner":{"a":1,"b":0},`, want: "inner is missing"},
		"NullInner":   {reason: "And an object.", from: `{"a":1,"b":0}`, to: `null`, want: "inner is null, want object"},
		"InnerField":  {reason: "Its fields have its path.", from: `{"a":1,"b":0}`, to: `{"b":0}`, want: "inner.a is missing"},
		"ListItem":    {reason: "So have a list's.", from: `{"a":3}`, to: `{"a":"3"}`, want: "list[1].a is string, want integer"},
		"ListKind":    {reason: "Which are objects.", from: `{"a":3}`, to: `[3]`, want: "list[1] is array, want object"},
		"NoDocument":  {reason: "Nothing is not an object.", from: whole, want: "the answer is empty where JSON was expected"},
		"OtherKind":   {reason: "Nor is a list.", from: whole, to: `[]`, want: "field the document: want object, got array"},
		"NoList":      {reason: "The first problem is told.", from: whole, to: `null`, want: "text is missing"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := document.Decode([]byte(strings.Replace(whole, tc.from, tc.to, 1)), readThing)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestDecodeListAndTexts(t *testing.T) {
	list := func(body string) (any, error) { return document.DecodeList([]byte(body), readInner) }
	texts := func(body string) (any, error) { return document.DecodeTexts([]byte(body)) }
	item := func(body string) (any, error) { return document.DecodeItem([]byte(body), "regions[3]", readInner) }
	cases := map[string]struct {
		reason string
		decode func(string) (any, error)
		body   string
		want   any    // without an error
		err    string // of the failure
	}{
		"List":      {reason: "A list of objects.", decode: list, body: `[{"a":1},{"a":2}]`, want: []inner{{1}, {2}}},
		"EmptyList": {reason: "None are a list.", decode: list, body: ` [ ] `, want: []inner{}},
		"NullList":  {reason: "Null is not.", decode: list, body: `null`, err: "the document is null, want array"},
		"Object":    {reason: "Nor an object.", decode: list, body: `{}`, err: "field the document: want array, got object"},
		"ItemField": {reason: "With the place.", decode: list, body: `[{"a":1},{}]`, err: "[1].a is missing"},
		"ItemNull":  {reason: "With the place.", decode: list, body: `[null]`, err: "[0] is null, want object"},
		"Texts":     {reason: "A list of texts.", decode: texts, body: `["a","b"]`, want: []string{"a", "b"}},
		"NoTexts":   {reason: "None are a list.", decode: texts, body: `[]`, want: []string{}},
		"NullTexts": {reason: "Null is not.", decode: texts, body: `null`, err: "the document is null, want array"},
		"TextsItem": {reason: "With the place.", decode: texts, body: `["a",{}]`, err: "[1] is object, want string"},
		"Item":      {reason: "An object from elsewhere.", decode: item, body: `{"a":1}`, want: inner{1}},
		"BadItem":   {reason: "With the path that it had there.", decode: item, body: `{}`, err: "regions[3].a is missing"},
		"ItemKind":  {reason: "With the path that it had there.", decode: item, body: `7`, err: "regions[3] is the number 7, want object"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := tc.decode(tc.body)
			if tc.err != "" {
				if err == nil || err.Error() != tc.err {
					t.Errorf("%s\ngot %v, want %s", tc.reason, err, tc.err)
				}
				return
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%s\n%v\n-want +got:\n%s", tc.reason, err, diff)
			}
		})
	}
}

// FuzzDecode: whatever comes, what is said of it is one bounded printable line,
// names of fields that came with it included.
func FuzzDecode(f *testing.F) {
	for _, body := range []string{whole, "null", "{", `{"map":{"\u001b[2J":{}}}`, `{"map":{"` + strings.Repeat("k", 1000) + `":{}}}`, `{"text":1e400}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := document.Decode(body, func(o document.Object) thing {
			m := o.Object("map")
			for _, name := range m.Names() {
				m.Object(name).Integer("a")
			}
			return readThing(o)
		})
		if err == nil {
			return
		}
		if text := err.Error(); len(text) > 4000 || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
			t.Fatalf("not a bounded printable line: %q", text)
		}
	})
}
