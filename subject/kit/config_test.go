package kit_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// city is a configuration with a section that has defaults of its own.
type city struct {
	kit.Rule

	Name    string         `json:"name,omitempty"`
	Timeout kit.Duration   `json:"timeout,omitempty"`
	Size    int            `json:"size,omitempty"`
	Area    float64        `json:"area,omitempty"`
	Sights  []sight        `json:"sights,omitempty"`
	Zones   []kit.Duration `json:"zones,omitempty"`
	Water   *water         `json:"water,omitempty"`
	Key     kit.Secret     `json:"key,omitempty"`
}

type sight struct {
	Name   string `json:"name,omitempty"`
	Visits uint8  `json:"visits,omitempty"`
}

type water struct {
	Depth   int64        `json:"depth,omitempty"`
	Refresh kit.Duration `json:"refresh,omitempty"`
}

func (w *water) UnmarshalJSON(data []byte) error {
	type plain water
	*w = water{Depth: 5, Refresh: kit.Duration(time.Hour)}
	return json.Unmarshal(data, (*plain)(w))
}

func defaultCity() city {
	return city{Name: "a", Timeout: kit.Duration(time.Minute), Sights: []sight{{Name: "tower", Visits: 3}, {Name: "gate"}}}
}

func TestDecodeConfig(t *testing.T) {
	validator := mustValidator(t, mustSchema[city](t, nil))
	cases := map[string]struct {
		reason, doc string
		change      func(*city)
	}{
		"Empty":      {reason: "No document is an empty one.", doc: ""},
		"Blank":      {reason: "As is a blank one.", doc: " \n\t"},
		"Object":     {reason: "Nothing is changed by nothing.", doc: `{}`},
		"OneField":   {reason: "The others stay.", doc: `{"name":"b"}`, change: func(c *city) { c.Name = "b" }},
		"Zero":       {reason: "A zero that is written counts.", doc: `{"name":"","timeout":"0s"}`, change: func(c *city) { c.Name, c.Timeout = "", 0 }},
		"Duration":   {reason: "Text becomes time.", doc: `{"timeout":"1h30m"}`, change: func(c *city) { c.Timeout = kit.Duration(90 * time.Minute) }},
		"Embedded":   {reason: "An embedded struct's fields are the outer one's.", doc: `{"grace":"5s"}`, change: func(c *city) { c.Grace = kit.Duration(5 * time.Second) }},
		"Section":    {reason: "A section has its own defaults once it is there.", doc: `{"water":{}}`, change: func(c *city) { c.Water = &water{Depth: 5, Refresh: kit.Duration(time.Hour)} }},
		"Within":     {reason: "And keeps those that are not written.", doc: `{"water":{"depth":7}}`, change: func(c *city) { c.Water = &water{Depth: 7, Refresh: kit.Duration(time.Hour)} }},
		"NoSection":  {reason: "Null is no section.", doc: `{"water":null}`},
		"List":       {reason: "A list replaces its default, and its items take nothing from it.", doc: `{"sights":[{"visits":1}]}`, change: func(c *city) { c.Sights = []sight{{Visits: 1}} }},
		"EmptyList":  {reason: "Also by nothing.", doc: `{"sights":[]}`, change: func(c *city) { c.Sights = []sight{} }},
		"NullList":   {reason: "As YAML has it.", doc: `{"sights":null}`, change: func(c *city) { c.Sights = nil }},
		"WholeFloat": {reason: "JSON has one kind of number.", doc: `{"size":1.0e2,"sights":[{"visits":2.0},{"visits":-0}]}`, change: func(c *city) { c.Size, c.Sights = 100, []sight{{Visits: 2}, {}} }},
		"Numbers":    {reason: "The largest of each kind, exactly.", doc: `{"size":9223372036854775807,"area":1.5e300}`, change: func(c *city) { c.Size, c.Area = math.MaxInt64, 1.5e300 }},
		"Secret":     {reason: "A secret is read.", doc: `{"key":"hunter2"}`, change: func(c *city) { c.Key = "hunter2" }},
		"Twice":      {reason: "What is checked is what is used: the last.", doc: `{"size":"x","size":7,"timeout":"-1h","timeout":"1s"}`, change: func(c *city) { c.Size, c.Timeout = 7, kit.Duration(time.Second) }},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, want := defaultCity(), defaultCity()
			if tc.change != nil {
				tc.change(&want)
			}
			if err := kit.DecodeConfig(validator, json.RawMessage(tc.doc), &got); err != nil {
				t.Fatalf("%s\n%v", tc.reason, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestDecodeConfigTwiceIsLast: a section that is there twice is not put
// together from a half that was checked and one that was not.
func TestDecodeConfigTwiceIsLast(t *testing.T) {
	type config struct {
		Water struct {
			Depth   int          `json:"depth,omitempty"`
			Refresh kit.Duration `json:"refresh,omitempty"`
		} `json:"water,omitzero"`
	}
	var got config
	err := kit.DecodeConfig(mustValidator(t, mustSchema[config](t, nil)),
		json.RawMessage(`{"water":{"refresh":"-1h","depth":3},"water":{"depth":4}}`), &got)
	if err != nil || got.Water.Refresh != 0 || got.Water.Depth != 4 {
		t.Errorf("got %+v: %v", got, err)
	}
}

// TestDecodeConfigSparesDefaults: a list of the defaults may be in memory that
// every other subject shares.
func TestDecodeConfigSparesDefaults(t *testing.T) {
	shared := defaultCity()
	validator := mustValidator(t, mustSchema[city](t, nil))
	mine := shared
	if err := kit.DecodeConfig(validator, json.RawMessage(`{"sights":[{"name":"x"},{"name":"y"}]}`), &mine); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(defaultCity(), shared); diff != "" {
		t.Errorf("decoding one configuration changed another: -want +got:\n%s", diff)
	}
}

func TestDecodeConfigErrors(t *testing.T) {
	validator := mustValidator(t, mustSchema[city](t, nil))
	const tooLong = `want a duration such as "500ms" or "1m30s", of at most 292 years`
	cases := map[string]struct {
		reason, doc string
		want        []protocol.FieldError
	}{
		"NoObject": {reason: "The document itself has no path.", doc: `[]`, want: []protocol.FieldError{{Message: "want object, got array"}}},
		"NoJSON":   {reason: "Where it is broken is not known.", doc: `{"a"`, want: []protocol.FieldError{{Message: "not a JSON document: unexpected EOF"}}},
		"AllAtOnce": {
			reason: "Every wrong field, however deep.",
			doc:    `{"nome":"b","size":"x","water":{"depth":"y"},"sights":[{},{"visits":300}]}`,
			want: []protocol.FieldError{
				{Path: "nome", Message: "there is no such field"},
				{Path: "sights[1].visits", Message: "must be at most 255"},
				{Path: "size", Message: "want integer, got string"},
				{Path: "water.depth", Message: "want integer, got string"},
			},
		},
		"BeyondTheSchema": {
			reason: "What only the Go types know: all of it, with its place, in lists and in sections with a decoder of their own.",
			doc:    `{"size":99999999999999999999,"grace":"99999999999h","water":{"depth":-99999999999999999999,"refresh":"99999999999h"},"zones":["1s","99999999999h"],"area":3}`,
			want: []protocol.FieldError{
				{Path: "grace", Message: tooLong},
				{Path: "size", Message: "is out of this field's range"},
				{Path: "water.depth", Message: "is out of this field's range"},
				{Path: "water.refresh", Message: tooLong},
				{Path: "zones[1]", Message: tooLong},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := defaultCity()
			err := kit.DecodeConfig(validator, json.RawMessage(tc.doc), &got)
			e, ok := errors.AsType[*protocol.Error](err)
			if !ok {
				t.Fatalf("%s\ngot %v", tc.reason, err)
			}
			want := protocol.Error{Code: protocol.InvalidArgument, Message: "the configuration is not valid", Fields: tc.want}
			if diff := cmp.Diff(want, *e); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// picky is a type that no schema knows everything about.
type picky string

func (p *picky) UnmarshalText(text []byte) error {
	if string(text) != "fine" {
		return errors.New("not fine: " + string(text))
	}
	*p = picky(text)
	return nil
}

// grumpy takes nothing, not even an empty document.
type grumpy struct{}

func (*grumpy) UnmarshalJSON(data []byte) error { return errors.New("no: " + string(data)) }

// TestDecodeConfigKeepsSecrets: a type's own error may repeat the value.
func TestDecodeConfigKeepsSecrets(t *testing.T) {
	type config struct {
		A []picky    `json:"a,omitempty"`
		B kit.Secret `json:"b,omitempty"`
	}
	validator := mustValidator(t, mustSchema[config](t, nil))
	cases := map[string]struct{ reason, doc, want string }{
		"OwnError": {reason: "Whatever the type says.", doc: `{"a":["fine","hunter2"]}`, want: "a[1]: is not a value that this field can have"},
		"Number":   {reason: "A password of digits.", doc: `{"b":31337}`, want: "b: want string, got number"},
		"Object":   {reason: "A password one level too deep.", doc: `{"b":{"hunter2":"hunter2"}}`, want: "b: want string, got object"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var c config
			err := kit.DecodeConfig(validator, json.RawMessage(tc.doc), &c)
			want := "the configuration is not valid: " + tc.want
			if err == nil || err.Error() != want {
				t.Errorf("%s\ngot  %v\nwant %s", tc.reason, err, want)
			}
		})
	}
	var c grumpy
	err := kit.DecodeConfig(mustValidator(t, json.RawMessage(`{}`)), json.RawMessage(`{}`), &c)
	if want := "the configuration is not valid: is valid by its schema and cannot be decoded all the same"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestProblems(t *testing.T) {
	var p kit.Problems
	p.AddErr("a", nil)
	if err := p.Err("not valid"); err != nil {
		t.Fatalf("nothing is wrong: %v", err)
	}
	p.Add("b", "is bad")
	p.AddErr("c", errors.New("line one\nline two "+strings.Repeat("x", 1000)))
	p.AddErr("d", &failure.Error{Op: "GET /", Class: failure.Invalid, Detail: `"quoted"`})
	err := p.Err("not valid")
	p.Add("e", "came later")

	e, ok := errors.AsType[*protocol.Error](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	want := protocol.Error{Code: protocol.InvalidArgument, Message: "not valid", Fields: []protocol.FieldError{
		{Path: "b", Message: "is bad"},
		{Path: "c", Message: `line one\nline two ` + strings.Repeat("x", 238) + "... (1018 bytes)"},
		{Path: "d", Message: `GET /: invalid: "quoted"`},
	}}
	if diff := cmp.Diff(want, *e); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// FuzzDecodeConfig: a document that is found valid can be used, and one that is
// not names what is wrong.
func FuzzDecodeConfig(f *testing.F) {
	validator := mustValidator(f, func() json.RawMessage {
		schema, err := kit.Schema[city](nil)
		if err != nil {
			f.Fatal(err)
		}
		return schema
	}())
	for _, doc := range []string{
		`{}`, `{"size":1e18}`, `{"size":1e19}`, `{"area":1e308}`, `{"zones":["9999999h"]}`, `{"water":{"depth":0.5e1}}`, `{"sights":[{"visits":-0}]}`, `{"grace":"1h","grace":"2h"}`,
	} {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		c := defaultCity()
		err := kit.DecodeConfig(validator, json.RawMessage(doc), &c)
		if err == nil {
			if c.Timeout < 0 {
				t.Fatalf("%q has a timeout of %v", doc, c.Timeout)
			}
			return
		}
		e, ok := errors.AsType[*protocol.Error](err)
		if !ok || e.Code != protocol.InvalidArgument || len(e.Fields) == 0 || strings.Contains(err.Error(), "all the same") {
			t.Fatalf("%q: %v", doc, err)
		}
	})
}
