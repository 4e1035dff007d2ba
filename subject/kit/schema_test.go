package kit_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

type shop struct {
	URLs     []string          `json:"urls" jsonschema:"where it is"`
	Timeout  kit.Duration      `json:"timeout,omitempty" jsonschema:"how long a call may take"`
	Password kit.Secret        `json:"password,omitempty"`
	Store    *store            `json:"store,omitempty"`
	Door     door              `json:"door,omitzero"`
	Shelves  []shelf           `json:"shelves,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"`
	Extra    json.RawMessage   `json:"extra,omitempty"`
	Open     bool              `json:"open"`
}

type store struct {
	Size    int          `json:"size"`
	Timeout kit.Duration `json:"timeout,omitempty"`
}

type door struct {
	kit.Rule

	Width float64 `json:"width,omitempty" jsonschema:"in metres"`
}

type shelf struct {
	Name  string `json:"name"`
	Count int64  `json:"count,omitempty"`
}

func defaultShop() shop {
	return shop{
		URLs:     []string{},
		Timeout:  kit.Duration(2 * time.Second),
		Password: "hunter2",
		Store:    &store{Size: 3, Timeout: kit.Duration(time.Minute)},
		Door:     door{Rule: kit.Rule{Severity: "warning", Grace: kit.Duration(time.Hour)}, Width: 0.5},
		Shelves:  []shelf{{Name: "a", Count: 1}},
		Labels:   map[string]string{"floor": "1"},
	}
}

func positive(s *jsonschema.Schema) { s.ExclusiveMinimum = new(0.0) }

func mustSchema[T any](t *testing.T, defaults *T, refinements ...kit.Refinement) json.RawMessage {
	t.Helper()
	schema, err := kit.Schema(defaults, refinements...)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// keyword digs for a value in a schema, by a path of names.
func keyword(t *testing.T, schema json.RawMessage, path string) any {
	t.Helper()
	var at any
	if err := json.Unmarshal(schema, &at); err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(path, " ") {
		fields, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = fields[name]
	}
	return at
}

func TestSchema(t *testing.T) {
	schema := mustSchema(t, new(defaultShop()),
		kit.Refinement{Path: "", Refine: func(s *jsonschema.Schema) { s.Title = "a shop" }},
		kit.Refinement{Path: "urls", Refine: func(s *jsonschema.Schema) { s.MinItems = new(1) }},
		kit.Refinement{Path: "urls[]", Refine: func(s *jsonschema.Schema) { s.MinLength = new(1) }},
		kit.Refinement{Path: "store.timeout", Refine: func(s *jsonschema.Schema) { s.Title = "refined" }},
		kit.Refinement{Path: "shelves[].count", Refine: positive},
		kit.Refinement{Path: "door.severity", Refine: func(s *jsonschema.Schema) { s.Enum = []any{"warning", "info"} }},
	)
	cases := map[string]struct {
		reason, path string
		want         any
	}{
		"Draft":             {reason: "It says which dialect it is in.", path: "$schema", want: "https://json-schema.org/draft/2020-12/schema"},
		"Required":          {reason: "What may not be empty or zero is required.", path: "required", want: []any{"urls", "open"}},
		"RequiredInside":    {reason: "A section has its own.", path: "properties store required", want: []any{"size"}},
		"Strict":            {reason: "Unknown fields are refused.", path: "additionalProperties", want: false},
		"StrictInside":      {reason: "In sections too.", path: "properties door additionalProperties", want: false},
		"StrictItems":       {reason: "And in a list's items.", path: "properties shelves items additionalProperties", want: false},
		"Description":       {reason: "The tag is the description.", path: "properties urls description", want: "where it is"},
		"NoDescription":     {reason: "Without a tag there is none.", path: "properties password description"},
		"Default":           {reason: "A value is the default, as it is written.", path: "properties timeout default", want: "2s"},
		"DefaultInside":     {reason: "Of a pointed-to section too.", path: "properties store properties timeout default", want: "1m"},
		"DefaultNumber":     {reason: "Numbers.", path: "properties door properties width default", want: 0.5},
		"DefaultFalse":      {reason: "False is a default where it is written.", path: "properties open default", want: false},
		"DefaultOfEmbedded": {reason: "An embedded struct's fields are the outer one's.", path: "properties door properties grace default", want: "1h"},
		"DefaultList":       {reason: "A list is one default.", path: "properties shelves default", want: []any{map[string]any{"name": "a", "count": 1.0}}},
		"DefaultMap":        {reason: "So is a map.", path: "properties labels default", want: map[string]any{"floor": "1"}},
		"NoDefaultEmpty":    {reason: "Nothing is no default.", path: "properties urls default"},
		"NoDefaultSection":  {reason: "A section's default is that of its fields.", path: "properties door default"},
		"NoDefaultSecret":   {reason: "Not even the mask of a secret: somebody would use it.", path: "properties password default"},
		"SecretType":        {reason: "A secret is text that is not read back.", path: "properties password writeOnly", want: true},
		"DurationType":      {reason: "A duration is text.", path: "properties timeout type", want: "string"},
		"Nullable":          {reason: "A section behind a pointer may be null.", path: "properties store type", want: []any{"null", "object"}},
		"NullableList":      {reason: "A list may be null.", path: "properties shelves type", want: []any{"null", "array"}},
		"NotNullable":       {reason: "A list that must have items may not.", path: "properties urls type", want: "array"},
		"Anything":          {reason: "Raw JSON has no schema.", path: "properties extra", want: true},
		"RefinedRoot":       {reason: "The document itself.", path: "title", want: "a shop"},
		"RefinedItem":       {reason: "A list's items.", path: "properties urls items minLength", want: 1.0},
		"RefinedNested":     {reason: "A field of a section.", path: "properties store properties timeout title", want: "refined"},
		"OthersNotRefined":  {reason: "A refinement is of one field, not of its type.", path: "properties timeout title"},
		"RefinedItemsField": {reason: "A field of a list's items.", path: "properties shelves items properties count exclusiveMinimum", want: 0.0},
		"RefinedEmbedded":   {reason: "A field of an embedded struct.", path: "properties door properties severity enum", want: []any{"warning", "info"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, keyword(t, schema, tc.path)); diff != "" {
				t.Errorf("%s\n%s: -want +got:\n%s", tc.reason, tc.path, diff)
			}
		})
	}
	if strings.Contains(string(schema), "hunter2") {
		t.Error("the schema tells a secret")
	}
	if _, err := kit.NewValidator(schema); err != nil {
		t.Errorf("the schema is none: %v", err)
	}
}

// TestSchemaIsStable: a schema is compared and printed, so it is the same bytes
// each time.
func TestSchemaIsStable(t *testing.T) {
	first := mustSchema(t, new(defaultShop()))
	for range 20 {
		if again := mustSchema(t, new(defaultShop())); string(again) != string(first) {
			t.Fatalf("two schemas of one type:\n%s\n%s", first, again)
		}
	}
}

// TestDefaultsAreValid: what the schema says a field is when left out has to be
// something that may be written there.
func TestDefaultsAreValid(t *testing.T) {
	defaults := defaultShop()
	doc, err := json.Marshal(defaults)
	if err != nil {
		t.Fatal(err)
	}
	if wrong := mustValidator(t, mustSchema(t, &defaults)).Validate(doc); wrong != nil {
		t.Errorf("the defaults are refused: %v", wrong)
	}
}

func TestSchemaErrors(t *testing.T) {
	type cycle struct {
		Next *cycle `json:"next"`
	}
	refine := func(path string) error {
		_, err := kit.Schema[shop](nil, kit.Refinement{Path: path, Refine: positive})
		return err
	}
	_, endless := kit.Schema[cycle](nil)
	_, noSchema := kit.Schema[struct {
		F func() `json:"f"`
	}](nil)
	_, noJSON := kit.Schema(&struct {
		X json.RawMessage `json:"x"`
	}{json.RawMessage(`{`)})

	cases := map[string]struct {
		reason string
		err    error
		want   string
	}{
		"UnknownField":   {reason: "A refinement of nothing is a mistake.", err: refine("nosuch"), want: "refine the schema: there is no field nosuch"},
		"UnknownNested":  {reason: "The whole path is told.", err: refine("store.nosuch"), want: "refine the schema: there is no field store.nosuch"},
		"BeyondScalar":   {reason: "A scalar has no fields.", err: refine("timeout.x"), want: "refine the schema: there is no field timeout.x"},
		"ItemsOfNoList":  {reason: "Only lists have items.", err: refine("timeout[]"), want: "refine the schema: there is no field timeout[]"},
		"FieldOfList":    {reason: "A list's items are written with [].", err: refine("shelves.count"), want: "refine the schema: there is no field shelves.count"},
		"TrailingDot":    {reason: "An empty name is no field.", err: refine("store."), want: "refine the schema: there is no field store."},
		"EndlessType":    {reason: "A type within itself.", err: endless, want: "derive the schema: "},
		"NoSuchType":     {reason: "A type that JSON cannot have.", err: noSchema, want: "derive the schema: "},
		"BrokenDefaults": {reason: "Defaults that cannot be written.", err: noJSON, want: "derive the schema: defaults: "},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.err == nil || !strings.HasPrefix(tc.err.Error(), tc.want) {
				t.Errorf("%s\ngot %v, want %s", tc.reason, tc.err, tc.want)
			}
		})
	}
}
