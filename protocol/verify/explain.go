package verify

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// explain reports what the library says of a value at path. What it says is a
// tree by the schema; what is told is a list by the document's fields, in words
// that repeat no value.
func (r *reader) explain(err error, value any, path string) {
	e, ok := err.(*jsonschema.ValidationError) //nolint:errorlint // the library returns this very type, or the meter has spoken
	if !ok {
		r.add(path, "%v", err)
		return
	}
	var tell func(e *jsonschema.ValidationError)
	tell = func(e *jsonschema.ValidationError) {
		if r.count() >= enough {
			return
		}
		at := func() string {
			if r.full() {
				return ""
			}
			return locate(path, value, e.InstanceLocation)
		}
		switch k := e.ErrorKind.(type) {
		case *kind.AdditionalProperties:
			slices.Sort(k.Properties) // they come in no order
			for _, name := range k.Properties {
				r.add(join(at(), name), "there is no such field")
			}
		case *kind.Required:
			for _, name := range k.Missing {
				r.add(join(at(), name), "is required")
			}
		case *kind.DependentRequired:
			for _, name := range k.Missing {
				r.add(join(at(), name), "is required with %s", quote(k.Prop))
			}
		case *kind.PropertyNames:
			r.add(path, "has a field that may not be called %s", quote(k.Property)) // the library's location may have been written over
		case *kind.AnyOf, *kind.OneOf, *kind.Contains, *kind.MinContains:
			r.add(at(), "%s", explain(e.ErrorKind))
		default:
			if len(e.Causes) == 0 {
				r.add(at(), "%s", explain(e.ErrorKind))
			}
			for _, cause := range e.Causes {
				tell(cause)
			}
		}
	}
	tell(e)
}

// locate renders where in a value something is. The value tells an item's number
// from a field that is called by a number.
func locate(path string, value any, location []string) string {
	for _, token := range location {
		if items, isList := value.([]any); isList {
			path += "[" + token + "]"
			if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(items) {
				value = items[i]
			}
			continue
		}
		path = join(path, token)
		fields, _ := value.(map[string]any)
		value = fields[token]
	}
	return path
}

// explain says what a keyword wants.
func explain(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return fmt.Sprintf("want %s, got %s", strings.Join(k.Want, " or "), k.Got)
	case *kind.Enum:
		return "want one of " + literals(k.Want)
	case *kind.Const:
		return "want " + literals([]any{k.Want})
	case *kind.Pattern:
		return "does not match " + quote(k.Want)
	case *kind.Format:
		return "is no valid " + quote(k.Want)
	case *kind.MinLength:
		return least(k.Want, k.Got, "character")
	case *kind.MaxLength:
		return most(k.Want, k.Got, "character")
	case *kind.MinItems:
		return least(k.Want, k.Got, "item")
	case *kind.MaxItems:
		return most(k.Want, k.Got, "item")
	case *kind.MinProperties:
		return least(k.Want, k.Got, "field")
	case *kind.MaxProperties:
		return most(k.Want, k.Got, "field")
	case *kind.UniqueItems:
		return fmt.Sprintf("has the same item twice: [%d] and [%d]", k.Duplicates[0], k.Duplicates[1])
	case *kind.Minimum:
		return "must be at least " + decimal(k.Want)
	case *kind.Maximum:
		return "must be at most " + decimal(k.Want)
	case *kind.ExclusiveMinimum:
		return "must be more than " + decimal(k.Want)
	case *kind.ExclusiveMaximum:
		return "must be less than " + decimal(k.Want)
	case *kind.MultipleOf:
		return "must be a multiple of " + decimal(k.Want)
	case *kind.FalseSchema:
		return "is not permitted here"
	default:
		if keyword := k.KeywordPath(); len(keyword) > 0 {
			return "is not what the schema's " + keyword[0] + " wants"
		}
		return "is not what the schema wants"
	}
}

// maxLiterals is how many values of an enum are told.
const maxLiterals = 10

// literals shows values of a schema.
func literals(values []any) string {
	texts := make([]string, 0, maxLiterals+1)
	for i, v := range values {
		if i == maxLiterals {
			texts = append(texts, fmt.Sprintf("and %d more", len(values)-i))
			break
		}
		switch v := v.(type) {
		case string:
			texts = append(texts, quote(v))
		case map[string]any, []any:
			texts = append(texts, "a certain value")
		default:
			raw, _ := json.Marshal(v) // null, a bool or a number
			texts = append(texts, string(raw[:min(len(raw), maxQuoted)]))
		}
	}
	return strings.Join(texts, ", ")
}

func least(want, got int, what string) string {
	return fmt.Sprintf("must have at least %s, has %d", count(want, what), got)
}

func most(want, got int, what string) string {
	return fmt.Sprintf("must have at most %s, has %d", count(want, what), got)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

func decimal(r *big.Rat) string {
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'g', -1, 64)
}
