package clienttest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

// NewDocument returns what body holds, whatever that is. Pick chooses the number
// that [Document.MustNeedNumber] takes out of it.
func NewDocument(tb testing.TB, body []byte, pick uint) Document {
	tb.Helper()
	decode := func() any {
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		var v any
		if dec.Decode(&v) != nil {
			return nil
		}
		return v
	}
	root := decode()
	n := uint(len(numbers(root)))
	if n == 0 {
		return Document{body: body}
	}
	pick %= n
	null, gone := decode(), decode()
	at := numbers(null)[pick]
	at.object[at.name] = nil
	at = numbers(gone)[pick]
	delete(at.object, at.name)
	return Document{body: body, whole: encoded(tb, root), nulled: encoded(tb, null), removed: encoded(tb, gone)}
}

// number is where a number is.
type number struct {
	object map[string]any
	name   string
}

// numbers finds all numbers that are fields, always in the same order.
func numbers(v any) (all []number) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			all = append(all, numbers(item)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if _, ok := v[name].(json.Number); ok {
				all = append(all, number{v, name})
			}
			all = append(all, numbers(v[name])...)
		}
	}
	return all
}

func encoded(tb testing.TB, v any) []byte {
	tb.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		tb.Fatalf("what was decoded from JSON has none: %v", err)
	}
	return raw
}
