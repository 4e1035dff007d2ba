package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

const paramSchema = `{
  "type": "object", "required": ["name"], "additionalProperties": false,
  "properties": {
    "name": {"type": "string", "maxLength": 50, "description": "Its name."},
    "count": {"type": "integer"},
    "ratio": {"type": ["null", "number"]},
    "on": {"type": "boolean"},
    "mode": {"enum": ["fast", "safe"]},
    "list": {"type": "array", "items": {"type": "string"}},
    "any": {},
    "ref": {"$ref": "#/$defs/n"}
  },
  "$defs": {"n": {"type": "integer"}}
}`

func TestParameters(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cases := map[string]struct {
		reason string
		args   []string
		want   string // JSON
		err    string // a part of the error
	}{
		"types": {
			reason: "text becomes what the schema says",
			args:   []string{"name=5", "count=5", "ratio=1.5e3", "on=true", "mode=fast", "any=5", "ref=7"},
			want:   `{"name":"5","count":5,"ratio":1.5e3,"on":true,"mode":"fast","any":"5","ref":7}`,
		},
		"digits":        {reason: "no digit is lost", args: []string{"name=", "count=123456789012345678901"}, want: `{"name":"","count":123456789012345678901}`},
		"null":          {reason: "null where it is allowed", args: []string{"name=null", "ratio=null"}, want: `{"name":"null","ratio":null}`},
		"equals":        {reason: "only the first = counts", args: []string{"name=a=b:=c"}, want: `{"name":"a=b:=c"}`},
		"raw":           {reason: "raw JSON goes as it is", args: []string{`name:="a\nb"`, `list:=["a"]`}, want: `{"name":"a\nb","list":["a"]}`},
		"raw is free":   {reason: "its type is the subject's to judge", args: []string{`name:=5`}, want: `{"name":5}`},
		"file":          {reason: "every byte of a file", args: []string{"name=@" + file("f", "@a\x1b\n\n")}, want: `{"name":"@a\u001b\n\n"}`},
		"hostile":       {reason: "text is never more than text", args: []string{"name=\",\"count\":1,\"x\":\"\u202e\x00"}, want: `{"name":"\",\"count\":1,\"x\":\"\u202e\u0000"}`},
		"not a number":  {reason: "", args: []string{"name=x", "count=1.5"}, err: `count: want a whole number, not "1.5"`},
		"hex":           {reason: "JSON has no such number", args: []string{"name=x", "count=0x10"}, err: `count: want a whole number`},
		"two types":     {reason: "", args: []string{"name=x", "ratio=a"}, err: `ratio: want null or a number, not "a"`},
		"boolean":       {reason: "", args: []string{"name=x", "on=yes"}, err: `on: want true or false, not "yes"`},
		"list":          {reason: "there is no way to write a list as text", args: []string{"name=x", "list=a"}, err: `list: want a JSON array, as in key:=json, not "a"`},
		"missing":       {reason: "what is missing is explained", args: nil, err: "name is missing: give name=STRING (at most 50 characters), Its name."},
		"unknown":       {reason: "a typing error is told", args: []string{"name=x", "cuont=1"}, err: `there is no parameter "cuont"; did you mean count?`},
		"twice":         {reason: "the last is not simply taken", args: []string{"name=x", "name:=null"}, err: "name is given twice"},
		"no key":        {reason: "", args: []string{"name=x", "=5"}, err: `"=5" is no parameter: want key=value`},
		"no value":      {reason: "", args: []string{"name"}, err: `"name" is no parameter`},
		"bad JSON":      {reason: "", args: []string{"name:=a b"}, err: `name: "a b" is no JSON; text is name=TEXT`},
		"two JSONs":     {reason: "", args: []string{"name:=1 2"}, err: `is no JSON`},
		"not UTF-8":     {reason: "it would be changed on the way", args: []string{"name=\xff"}, err: "name: is not UTF-8"},
		"no file":       {reason: "", args: []string{"name=@" + filepath.Join(dir, "nope")}, err: "no such file"},
		"folder":        {reason: "", args: []string{"name=@" + dir}, err: "it is no regular file"},
		"device":        {reason: "a file without end", args: []string{"name=@/dev/zero"}, err: "it is no regular file"},
		"large":         {reason: "a file has a bound", args: []string{"name=@" + file("large", strings.Repeat("x", maxParamFile+1))}, err: "it is larger than 4194304 bytes"},
		"not UTF-8 in":  {reason: "", args: []string{"name=@" + file("bin", "\xff")}, err: "it is not UTF-8"},
		"several wrong": {reason: "all that is wrong is said", args: []string{"count=a", "on=b"}, err: "count: want a whole number, not \"a\"\non: want true or false, not \"b\"\nname is missing"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := parameters(protocol.ActionSpec{Params: json.RawMessage(paramSchema)}, c.args)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("%s: %v, want %s", c.reason, err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", c.reason, err)
			}
			var a, b map[string]json.RawMessage
			if json.Unmarshal([]byte(c.want), &a) != nil || json.Unmarshal(got, &b) != nil {
				t.Fatalf("%s", got)
			}
			for key := range a {
				a[key], b[key] = compact(t, a[key]), compact(t, b[key])
			}
			if diff := cmp.Diff(a, b); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}

// compact makes two spellings of a string one, and leaves numbers alone.
func compact(t *testing.T, raw json.RawMessage) json.RawMessage {
	t.Helper()
	var s string
	if json.Unmarshal(raw, &s) != nil || string(raw) == "null" {
		return raw
	}
	out, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOpenSchemasTakeAnything(t *testing.T) {
	got, err := parameters(protocol.ActionSpec{Params: json.RawMessage(`{"type":"object"}`)}, []string{"a=1", "b:=2"})
	if err != nil || string(got) != `{"a":"1","b":2}` {
		t.Errorf("%s, %v", got, err)
	}
}
