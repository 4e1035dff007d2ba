package kit

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	schemas "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A Validator checks JSON documents against one schema. It is safe for
// concurrent use.
type Validator struct{ schema *schemas.Schema }

// NewValidator compiles a JSON Schema. What the schema refers to has to be in
// it: nothing is loaded.
func NewValidator(schema json.RawMessage) (*Validator, error) {
	doc, err := schemas.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, fmt.Errorf("compile the schema: %w", err)
	}
	const url = "mem:///schema.json"
	c := schemas.NewCompiler()
	c.UseLoader(noLoader{})
	if err := c.AddResource(url, doc); err != nil {
		return nil, fmt.Errorf("compile the schema: %w", err)
	}
	compiled, err := c.Compile(url)
	if err != nil {
		return nil, fmt.Errorf("compile the schema: %w", err)
	}
	return &Validator{compiled}, nil
}

// noLoader keeps a schema's references from reading files.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("the schema refers to %s, which is not part of it", failure.Quote(url))
}

// Validate returns everything that is wrong with doc, by path, or nil. It names
// at most 100 wrong fields and says how many more there are. The messages do
// not repeat values, which may be secret.
func (v *Validator) Validate(doc json.RawMessage) []protocol.FieldError {
	_, fields := v.parse(doc)
	return fields
}

// parse reads a document that is as the schema says, or returns what is wrong.
func (v *Validator) parse(doc json.RawMessage) (any, []protocol.FieldError) {
	value, fields := parse(doc)
	if len(fields) > 0 {
		return nil, tidy(fields)
	}
	err := v.schema.Validate(value)
	if err == nil {
		return value, nil
	}
	ve, ok := err.(*schemas.ValidationError) //nolint:errorlint // Validate returns this very type
	if !ok {
		return nil, []protocol.FieldError{{Message: "is not as the schema wants it"}}
	}
	return nil, tidy(explanation{doc: value}.of(ve, nil))
}

// maxFieldErrors is how many wrong fields are named.
const maxFieldErrors = 100

// tidy sorts wrong fields, says each thing once, and bounds the list.
func tidy(fields []protocol.FieldError) []protocol.FieldError {
	slices.SortFunc(fields, func(a, b protocol.FieldError) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	fields = slices.Compact(fields)
	if more := len(fields) - maxFieldErrors; more > 0 {
		fields = append(fields[:maxFieldErrors:maxFieldErrors], protocol.FieldError{Message: fmt.Sprintf("and %d more are wrong", more)})
	}
	return fields
}
