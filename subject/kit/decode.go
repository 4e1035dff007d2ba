package kit

import (
	"encoding/json"
	"errors"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// decode decodes a document that was found valid. A schema does not know
// everything about a Go type: a number may have too many digits for it, a text
// may be none of those that it takes. Then the error names each such field.
func decode[T any](doc any, into *T) []protocol.FieldError {
	text, err := canonical(doc)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err == nil {
		return nil
	}
	if found := tidy(misfits[T](doc, "", func(v any) any { return v }, nil)); len(found) > 0 {
		return found
	}
	return []protocol.FieldError{{Message: "is valid by its schema and cannot be decoded all the same"}}
}

// misfits finds the values that a T does not take, by trying each on its own:
// in a document that holds it and what leads to it. encoding/json tells of the
// first only, not always where it is, and repeats it.
func misfits[T any](value any, path string, document func(any) any, found []protocol.FieldError) []protocol.FieldError {
	switch v := value.(type) {
	case map[string]any:
		for name, field := range v {
			found = misfits[T](field, join(path, name), func(v any) any { return document(map[string]any{name: v}) }, found)
		}
		return found
	case []any:
		for i, item := range v {
			found = misfits[T](item, index(path, i), func(v any) any { return document([]any{v}) }, found)
		}
		return found
	}
	text, err := canonical(document(value))
	if err == nil {
		err = json.Unmarshal(text, new(T))
	}
	if err == nil {
		return found
	}
	message := "is not a value that this field can have"
	if errors.Is(err, errDuration) {
		message = errDuration.Error()
	} else if _, isNumber := value.(json.Number); isNumber {
		message = "is out of this field's range"
	}
	return append(found, protocol.FieldError{Path: path, Message: message})
}

// withoutLists writes a document with null for every list.
func withoutLists(doc any) json.RawMessage {
	text, err := canonical(dropLists(doc))
	if err != nil { // not reached: it came from JSON
		return json.RawMessage(`{}`)
	}
	return text
}

func dropLists(value any) any {
	switch v := value.(type) {
	case map[string]any:
		fields := make(map[string]any, len(v))
		for name, field := range v {
			fields[name] = dropLists(field)
		}
		return fields
	case []any:
		return nil
	default:
		return value
	}
}
