package kit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"strconv"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// parse reads one JSON document, numbers as they are written. A field that is
// there twice has its last value.
func parse(doc json.RawMessage) (any, []protocol.FieldError) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	var value any
	err := dec.Decode(&value)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is more after the document's end")
		}
	}
	if err != nil {
		return nil, []protocol.FieldError{{Message: "not a JSON document: " + failure.Line(err.Error())}}
	}
	if !isUnicode(doc) {
		return nil, []protocol.FieldError{{Message: "holds text that is not Unicode: invalid UTF-8, or half of a surrogate pair"}}
	}
	return value, strange(value, "", nil)
}

// maxNumber is how many characters a number may be written with.
const maxNumber = 100

// strange finds the numbers that no arithmetic here is meant for. JSON puts no
// bound on them, and 1e999999999 written out would take a gigabyte.
func strange(value any, path string, found []protocol.FieldError) []protocol.FieldError {
	switch v := value.(type) {
	case map[string]any:
		for name, field := range v {
			found = strange(field, join(path, name), found)
		}
	case []any:
		for i, item := range v {
			found = strange(item, index(path, i), found)
		}
	case json.Number:
		f, err := v.Float64()
		vanished := f == 0 && strings.ContainsAny(mantissa(v), "123456789")
		if err != nil || vanished || len(v) > maxNumber {
			found = append(found, protocol.FieldError{Path: path, Message: "is a number out of any sensible range"})
		}
	}
	return found
}

func mantissa(n json.Number) string {
	digits, _, _ := strings.Cut(strings.ToLower(string(n)), "e")
	return digits
}

// canonical writes a parsed document in one way only: sorted fields, and whole
// numbers as integers, which encoding/json wants where JSON Schema is content
// with 1.0 and 1e3.
func canonical(value any) (json.RawMessage, error) { return json.Marshal(plainNumbers(value)) }

// plainNumbers returns a copy with whole numbers written as integers.
func plainNumbers(value any) any {
	switch v := value.(type) {
	case map[string]any:
		fields := make(map[string]any, len(v))
		for name, field := range v {
			fields[name] = plainNumbers(field)
		}
		return fields
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = plainNumbers(item)
		}
		return items
	case json.Number:
		if f, err := v.Float64(); err == nil && f == 0 {
			return json.Number("0")
		}
		if _, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return v
		}
		if r, ok := new(big.Rat).SetString(string(v)); ok && r.IsInt() {
			return json.Number(r.Num().String())
		}
	}
	return value
}
