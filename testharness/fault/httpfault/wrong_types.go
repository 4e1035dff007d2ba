package httpfault

import (
	"encoding/json"
	"strconv"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func wrongTypesKind() stack.Kind {
	return kind("http_wrong_types",
		"Changes the types in the server's JSON: numbers become strings, strings numbers, arrays objects, booleans strings.",
		schema(), func() *where { return &where{} },
		func(*where) kit.Answer { return kit.ChangedJSON(wrongTypes) })
}

// wrongTypes keeps the names of fields, so that everything is there and nothing
// is what it should be.
func wrongTypes(document any) any {
	switch v := document.(type) {
	case map[string]any:
		for name, value := range v {
			v[name] = wrongTypes(value)
		}
		return v
	case []any:
		object := make(map[string]any, len(v))
		for i, value := range v {
			object[strconv.Itoa(i)] = wrongTypes(value)
		}
		return object
	case json.Number:
		return v.String()
	case string:
		return len(v)
	case bool:
		if v {
			return "true"
		}
		return "false"
	default:
		return v
	}
}
