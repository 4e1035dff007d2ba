package httpfault

import (
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// The fields that are added.
const (
	unknownText   = "x_added_in_a_later_version"
	unknownObject = "x_added_as_well"
)

func unknownFieldsKind() stack.Kind {
	return kind("http_unknown_fields",
		"Adds fields to every object of the server's JSON, as a later version of it would.",
		schema(), func() *where { return &where{} },
		func(*where) kit.Answer { return kit.ChangedJSON(unknownFields) })
}

// unknownFields adds a text to every object, and an object too, except where all
// that there is are texts: that is a map of texts, such as the labels of a
// series, in which another type would not be unknown but wrong.
func unknownFields(document any) any {
	switch v := document.(type) {
	case map[string]any:
		onlyTexts := true
		for name, value := range v {
			_, text := value.(string)
			onlyTexts = onlyTexts && text
			v[name] = unknownFields(value)
		}
		v[unknownText] = "new"
		if !onlyTexts {
			v[unknownObject] = map[string]any{"list": []any{1, "two", nil, true}}
		}
		return v
	case []any:
		for i, value := range v {
			v[i] = unknownFields(value)
		}
		return v
	default:
		return v
	}
}
