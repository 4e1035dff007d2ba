package document

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Object reads the fields of one JSON object. All objects of a document share
// its first problem.
type Object struct {
	path    string // of the object, with a trailing dot; empty for the document
	fields  map[string]json.RawMessage
	problem *error
}

// Text reads a field that must be a string.
func (o Object) Text(name string) string { return scalar[string](o, name, "string") }

// Integer reads a field that must be a whole number.
func (o Object) Integer(name string) int64 { return scalar[int64](o, name, "integer") }

// Unsigned reads a field that must be a whole number, not negative.
func (o Object) Unsigned(name string) uint64 {
	return scalar[uint64](o, name, "integer, not negative")
}

// Number reads a field that must be a number.
func (o Object) Number(name string) float64 { return scalar[float64](o, name, "number") }

// Boolean reads a field that must be true or false.
func (o Object) Boolean(name string) bool { return scalar[bool](o, name, "boolean") }

// Object reads a field that must be an object.
func (o Object) Object(name string) Object {
	raw, _ := o.field(name)
	return o.child(name, raw)
}

// Names returns the names of all fields, sorted: for objects that are maps.
func (o Object) Names() []string { return slices.Sorted(maps.Keys(o.fields)) }

// Texts reads a field that must be an array of strings. It is never nil.
func (o Object) Texts(name string) []string { return readTexts(o, name, o.items(name)) }

// List reads a field that must be an array of objects. It is never nil.
func List[T any](o Object, name string, read func(Object) T) []T {
	return readItems(o, name, o.items(name), read)
}

// Omitted reads a field that the service leaves out when it is zero. What is
// there has to be right; null is not.
func Omitted[T any](o Object, name string, read func(name string) T) T {
	if _, present := o.fields[name]; !present {
		return *new(T)
	}
	return read(name)
}

// Nullable reads a field that is left out or null where the service does not
// know it; then it is nil.
func Nullable[T any](o Object, name string, read func(name string) T) *T {
	if raw, present := o.fields[name]; !present || kindOf(raw) == "null" {
		return nil
	}
	return new(read(name))
}

// Fail says what is wrong with a field, in words that follow its path: "is 7,
// want 3". Foreign text in it must have been quoted.
func (o Object) Fail(name, format string, args ...any) {
	if *o.problem == nil {
		*o.problem = fmt.Errorf("%s "+format, append([]any{failure.Line(o.path + name)}, args...)...)
	}
}

func scalar[T any](o Object, name, want string) T {
	var value *T
	raw, present := o.field(name)
	if !present {
		return *new(T)
	}
	if err := json.Unmarshal(raw, &value); err != nil || value == nil {
		o.Fail(name, "is %s, want %s", kindOf(raw), want)
		return *new(T)
	}
	return *value
}

// field returns the raw value of a field that must be there.
func (o Object) field(name string) (json.RawMessage, bool) {
	raw, present := o.fields[name]
	if !present {
		o.Fail(name, "is missing")
	}
	return raw, present
}

// child returns the object that raw must be. Once it is not, what is read from
// it fails too, unheard: the first problem is kept.
func (o Object) child(name string, raw json.RawMessage) Object {
	child := Object{path: o.path + name + ".", problem: o.problem}
	if err := json.Unmarshal(raw, &child.fields); err != nil || child.fields == nil {
		o.Fail(name, "is %s, want object", kindOf(raw))
	}
	return child
}

// items returns the raw items of a field that must be an array.
func (o Object) items(name string) []json.RawMessage {
	raw, present := o.field(name)
	if !present {
		return nil
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil || items == nil {
		o.Fail(name, "is %s, want array", kindOf(raw))
	}
	return items
}

// readItems stops at the first problem: of a million wrong items one is enough.
func readItems[T any](o Object, name string, items []json.RawMessage, read func(Object) T) []T {
	values := make([]T, 0, len(items))
	for i, raw := range items {
		if *o.problem != nil {
			break
		}
		values = append(values, read(o.child(fmt.Sprintf("%s[%d]", name, i), raw)))
	}
	return values
}

func readTexts(o Object, name string, items []json.RawMessage) []string {
	values := make([]string, 0, len(items))
	for i, raw := range items {
		var value *string
		if err := json.Unmarshal(raw, &value); err != nil || value == nil {
			o.Fail(fmt.Sprintf("%s[%d]", name, i), "is %s, want string", kindOf(raw))
			break
		}
		values = append(values, *value)
	}
	return values
}
