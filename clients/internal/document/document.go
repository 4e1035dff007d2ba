// Package document reads JSON answers strictly. A service's answer is data that
// somebody acts on, so nothing in it defaults: a field that is missing, null or
// of another type is an error that names it by its path, nodes[1].address, and
// never a zero. Unknown fields are not looked at, and names are compared as
// they are, case included.
//
// A decoder reads all fields of an [Object] as if they were there and right;
// the first that was not is kept, and comes back as the document's error:
//
//	limits, err := document.Decode(body, func(o document.Object) Limits {
//		return Limits{Limit: o.Integer("limit"), Window: o.Integer("window_ms")}
//	})
//
// Where a service leaves a field out on purpose, the decoder says so, field by
// field: [Omitted] for zero values that are not sent, [Nullable] for what the
// service may not know.
package document

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

// Decode reads the one JSON object in body by read. The error is one bounded
// line; it is not a [failure.Error] yet.
func Decode[T any](body []byte, read func(Object) T) (T, error) {
	root := Object{problem: new(error)}
	if err := httpapi.DecodeJSON(body, &root.fields); err != nil {
		return *new(T), err
	}
	return finish(read(root), root.problem)
}

// DecodeItem reads one object out of a larger document that the caller takes
// apart itself; path, such as "regions[3]", is where it was.
func DecodeItem[T any](raw json.RawMessage, path string, read func(Object) T) (T, error) {
	parent := Object{problem: new(error)}
	return finish(read(parent.child(path, raw)), parent.problem)
}

// DecodeList reads the one JSON array of objects in body. It is never nil
// without an error.
func DecodeList[T any](body []byte, read func(Object) T) ([]T, error) {
	items, err := array(body)
	if err != nil {
		return nil, err
	}
	root := Object{problem: new(error)}
	return finish(readItems(root, "", items, read), root.problem)
}

// DecodeTexts reads the one JSON array of strings in body. It is never nil
// without an error.
func DecodeTexts(body []byte) ([]string, error) {
	items, err := array(body)
	if err != nil {
		return nil, err
	}
	root := Object{problem: new(error)}
	return finish(readTexts(root, "", items), root.problem)
}

func array(body []byte) ([]json.RawMessage, error) {
	var items []json.RawMessage
	if err := httpapi.DecodeJSON(body, &items); err != nil {
		return nil, err
	}
	if items == nil {
		return nil, errors.New("the document is null, want array")
	}
	return items, nil
}

func finish[T any](value T, problem *error) (T, error) {
	if *problem != nil {
		return *new(T), *problem
	}
	return value, nil
}

// kindOf names a JSON value's type, and shows a number that is no integer.
func kindOf(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	default:
		return fmt.Sprintf("the number %s", failure.Line(string(raw)))
	}
}
