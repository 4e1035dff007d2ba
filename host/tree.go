package host

import (
	"encoding/json"
	"strconv"
)

// A value is a YAML value as JSON will know it, and where it stands in the
// file: its key, or itself where it is in a list.
type value struct {
	kind         kind
	line, column int
	text         string    // of a string; of a number, as it is written
	raw          string    // of a string, before its variables were expanded
	literal      string    // JSON, of a number, true, false and null
	members      []*member // of an object, in the file's order
	items        []*value  // of an array
	// from are the variables that were expanded into a string.
	from []secret
	// retyped is the variable whose value made this a number or a boolean.
	retyped string
}

type member struct {
	key   string
	value *value
}

type kind int

const (
	kindNull kind = iota
	kindObject
	kindArray
	kindString
	kindNumber
	kindBool
)

func (k kind) String() string {
	return [...]string{"nothing", "a mapping", "a list", "a string", "a number", "a boolean"}[k]
}

// describe says what the value is, for an error. It does not show what came
// from the environment.
func (v *value) describe() string {
	switch {
	case v.retyped != "":
		return v.kind.String() + " from ${" + v.retyped + "}"
	case len(v.from) > 0:
		return "the value from ${" + v.from[0].name + "}"
	case v.kind == kindString:
		return quote(v.text)
	case v.kind == kindNumber || v.kind == kindBool:
		return printable(v.literal, maxQuoted)
	default:
		return v.kind.String()
	}
}

// get returns an object's member.
func (v *value) get(key string) (*value, bool) {
	for _, m := range v.members {
		if m.key == key {
			return m.value, true
		}
	}
	return nil, false
}

// appendJSON writes the value as JSON.
func (v *value) appendJSON(b []byte) []byte {
	switch v.kind {
	case kindObject:
		b = append(b, '{')
		for i, m := range v.members {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, m.key), ':')
			b = m.value.appendJSON(b)
		}
		return append(b, '}')
	case kindArray:
		b = append(b, '[')
		for i, item := range v.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.appendJSON(b)
		}
		return append(b, ']')
	case kindString:
		return appendString(b, v.text)
	case kindNull, kindNumber, kindBool:
		return append(b, v.literal...)
	}
	return b
}

func appendString(b []byte, s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil { // a string always has a JSON form
		return append(b, `""`...)
	}
	return append(b, quoted...)
}

// walk calls visit for the value and all that is in it, with the path from the
// value: "urls[0]".
func (v *value) walk(path string, visit func(path string, v *value)) {
	visit(path, v)
	for _, m := range v.members {
		m.value.walk(join(path, m.key), visit)
	}
	for i, item := range v.items {
		item.walk(path+"["+strconv.Itoa(i)+"]", visit)
	}
}

// join appends a key to a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
