package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// DecodeJSON decodes the one JSON value in body into v. Unknown fields are
// tolerated. The error says what is wrong in one bounded line and names the
// field where there is one; it is not a [failure.Error] yet.
func DecodeJSON(body []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	if err := dec.Decode(v); err != nil {
		return ExplainJSON(body, int64(len(body)), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("more than one JSON value in the answer: %s", failure.Quote(string(body)))
	}
	return nil
}

// ExplainJSON says what an error of encoding/json means for an answer of which
// read bytes were read and head is the beginning, or all of it.
func ExplainJSON(head []byte, read int64, err error) error {
	if te, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field := te.Field
		if field == "" {
			field = "the document"
		}
		return fmt.Errorf("field %s: want %s, got %s", failure.Line(field), jsonType(te.Type), failure.Line(te.Value))
	}
	switch {
	case len(bytes.TrimSpace(head)) == 0:
		return errors.New("the answer is empty where JSON was expected")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the JSON is cut off after %d bytes", read)
	default:
		return fmt.Errorf("not JSON (%s): %s", failure.Line(err.Error()), failure.Quote(string(head)))
	}
}

// jsonType names a Go type as the JSON type that decodes into it: the reader of
// the error sees JSON, not this program.
func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return jsonType(t.Elem())
	case reflect.Struct, reflect.Map:
		return "object"
	case reflect.Slice, reflect.Array:
		return "array"
	case reflect.Bool:
		return "boolean"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "integer (" + t.Kind().String() + ")"
	default:
		return t.Kind().String()
	}
}
