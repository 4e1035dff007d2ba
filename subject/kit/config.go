package kit

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Problems collects what is wrong with a configuration beyond its schema.
type Problems struct{ fields []protocol.FieldError }

// Add notes a wrong field.
func (p *Problems) Add(path, message string) {
	p.fields = append(p.fields, protocol.FieldError{Path: path, Message: message})
}

// AddErr notes what err says of a field; nil says nothing. It is for errors that
// do not repeat a secret.
func (p *Problems) AddErr(path string, err error) {
	if err != nil {
		p.Add(path, textOf(err))
	}
}

// Err returns all that was noted as one InvalidArgument error, or nil.
func (p *Problems) Err(message string) error {
	if len(p.fields) == 0 {
		return nil
	}
	return &protocol.Error{Code: protocol.InvalidArgument, Message: message, Fields: slices.Clone(p.fields)}
}

// DecodeConfig decodes a configuration over what config holds, its defaults, after
// checking it against its schema: what the document leaves out stays, and a list
// replaces its default as a whole. An empty document is an empty object. The
// error names every wrong field; config is then of no use.
func DecodeConfig[T any](validator *Validator, doc json.RawMessage, config *T) error {
	if len(bytes.TrimSpace(doc)) == 0 {
		doc = json.RawMessage(`{}`)
	}
	value, fields := validator.parse(doc)
	if len(fields) == 0 {
		// encoding/json decodes a list's items over those that are there already,
		// in the memory that they are in, which may be everybody's defaults.
		_ = json.Unmarshal(withoutLists(value), config) // what is wrong comes up again
		fields = decode(value, config)
	}
	problems := Problems{fields}
	return problems.Err("the configuration is not valid")
}
