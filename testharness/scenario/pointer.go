package scenario

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
)

// resolve returns what a JSON pointer (RFC 6901) leads to in a document.
func resolve(doc json.RawMessage, pointer string) (json.RawMessage, bool) {
	if pointer == "" {
		return doc, len(doc) > 0
	}
	tokens := strings.Split(pointer, "/")[1:]
	for _, token := range tokens {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		var object map[string]json.RawMessage
		var items []json.RawMessage
		switch {
		case json.Unmarshal(doc, &object) == nil && object != nil:
			next, ok := object[token]
			if !ok {
				return nil, false
			}
			doc = next
		case json.Unmarshal(doc, &items) == nil:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(items) {
				return nil, false
			}
			doc = items[i]
		default:
			return nil, false
		}
	}
	return doc, true
}

// sameJSON tells whether two documents say the same. Numbers are compared by
// their values.
func sameJSON(a, b json.RawMessage) bool {
	va, errA := decodeJSON(a)
	vb, errB := decodeJSON(b)
	return errA == nil && errB == nil && equal(va, vb)
}

func decodeJSON(doc json.RawMessage) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

func equal(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, value := range a {
			other, there := b[name]
			if !there || !equal(value, other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case json.Number:
		b, ok := b.(json.Number)
		return ok && (a == b || sameNumber(a.String(), b.String()))
	default:
		return a == b
	}
}

// sameNumber compares numbers exactly. One with an exponent that is out of all
// proportion is like no other.
func sameNumber(a, b string) bool {
	const longest = 400
	x, okX := new(big.Float).SetPrec(longest).SetString(a)
	y, okY := new(big.Float).SetPrec(longest).SetString(b)
	return okX && okY && x.Cmp(y) == 0
}
