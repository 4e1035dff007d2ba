package document

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// hostile holds what a terminal, a YAML reader or a naive printer trips over.
var hostile = []string{
	"", " ", "null", "true", "12", "1e3", "0x1f", "2020-01-01", "~", "- a", "a: b", "# c", "&x", "*x", "!t", "<<", "{a}",
	"a\nb", "\x1b[31mred", "\u009b31m", "\u202egnp.exe", "\u200b", "\x7f", "\u2028", "\ufeff", "\U000e0001", "\x00", "'\"`$(x)", "日本",
	"\ufffd", "...", "---", "\t", "a\r", strings.Repeat("k", 2000),
}

func hostileDocument(t *testing.T) []byte {
	t.Helper()
	object := make(map[string]any)
	for _, s := range hostile {
		object[s] = s
	}
	data, err := json.Marshal(map[string]any{"list": hostile, "map": object, "empty": []int{}, "none": map[string]int{}, "n": json.Number("12345678901234567890.10")})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decode(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return v
}

func checkPrintable(t *testing.T, data []byte) {
	t.Helper()
	for _, r := range string(data) {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("rune %U is in the output", r)
		}
	}
}

func TestParseKeepsEverything(t *testing.T) {
	const in = `{"b": 1.50, "a": [true, null, "x"], "n": 123456789012345678901}`
	node, err := Parse([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, string(node.JSON())); diff != "" {
		t.Errorf("order or digits were lost (-want +got):\n%s", diff)
	}
}

func TestParseRefuses(t *testing.T) {
	cases := map[string]struct{ reason, in string }{
		"empty":    {"nothing is no document", ""},
		"cut":      {"half a document is none", `{"a": [1`},
		"trailing": {"two documents are not one", `{} {}`},
		"deep":     {"a bound on depth keeps the stack", strings.Repeat("[", 300) + strings.Repeat("]", 300)},
		"garbage":  {"not JSON", `{a: 1}`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse([]byte(c.in)); err == nil {
				t.Errorf("%s: no error", c.reason)
			}
		})
	}
}

func TestEscapeSaysTheSame(t *testing.T) {
	data := hostileDocument(t)
	escaped := Escape(data)
	checkPrintable(t, escaped)
	if diff := cmp.Diff(decode(t, data), decode(t, escaped)); diff != "" {
		t.Errorf("escaping changed the document (-want +got):\n%s", diff)
	}
	if got := Escape([]byte("\"\xff\"")); !bytes.Equal(got, []byte(`"\ufffd"`)) {
		t.Errorf("invalid UTF-8 became %s", got)
	}
}

func TestYAMLSaysTheSame(t *testing.T) {
	data := hostileDocument(t)
	node, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.YAML()
	if err != nil {
		t.Fatal(err)
	}
	checkPrintable(t, out)
	var got map[string]any
	if err := yaml.Load(out, &got); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	want := decode(t, data)
	// Numbers are compared as JSON has them.
	if diff := cmp.Diff(want, any(got)); diff != "" {
		t.Errorf("the YAML says something else (-want +got):\n%s", diff)
	}
}

func TestYAMLIsReadable(t *testing.T) {
	node, err := Parse([]byte(`{"b":{"x":1.50,"y":"12"},"a":[{"k":"v"},"s"],"none":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.YAML()
	if err != nil {
		t.Fatal(err)
	}
	want := "b:\n  x: 1.50\n  y: '12'\na:\n- k: v\n- s\nnone: []\n"
	if diff := cmp.Diff(want, string(out)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
