package kit

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	schemas "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// explanation turns a validation error, a tree by the schema, into a list by
// the document's fields.
type explanation struct{ doc any }

// of appends what e says to found.
func (x explanation) of(e *schemas.ValidationError, found []protocol.FieldError) []protocol.FieldError {
	path := pathOf(x.doc, e.InstanceLocation)
	add := func(path, message string) {
		found = append(found, protocol.FieldError{Path: path, Message: message})
	}
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			add(join(path, name), "there is no such field")
		}
	case *kind.Required:
		for _, name := range k.Missing {
			add(join(path, name), "is required")
		}
	case *kind.DependentRequired:
		for _, name := range k.Missing {
			add(join(path, name), "is required with "+k.Prop)
		}
	case *kind.PropertyNames:
		// The library's location is not to be trusted here: later ones are written
		// over it.
		add("", "no field may be called "+failure.Quote(k.Property)+" where one is")
	case *kind.AnyOf:
		add(path, "fits none of the alternatives: "+x.alternatives(e.Causes))
	case *kind.OneOf:
		if len(k.Subschemas) > 0 {
			add(path, "fits several alternatives, and may fit one only")
		} else {
			add(path, "fits none of the alternatives: "+x.alternatives(e.Causes))
		}
	case *kind.Contains, *kind.MinContains:
		add(path, explain(e.ErrorKind))
	default:
		if len(e.Causes) == 0 {
			add(path, explain(e.ErrorKind))
		}
		for _, cause := range e.Causes {
			found = x.of(cause, found)
		}
	}
	return found
}

// alternatives says what each alternative wants.
func (x explanation) alternatives(causes []*schemas.ValidationError) string {
	texts := make([]string, len(causes))
	for i, cause := range causes {
		fields := tidy(x.of(cause, nil))
		parts := make([]string, len(fields))
		for j, f := range fields {
			parts[j] = f.String()
		}
		texts[i] = strings.Join(parts, " and ")
	}
	return strings.Join(texts, ", or ")
}

// explain says what a keyword wants, in words of ours: the library's repeat the
// value.
func explain(k schemas.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		want := slices.DeleteFunc(slices.Clone(k.Want), func(t string) bool { return t == "null" && len(k.Want) > 1 })
		return fmt.Sprintf("want %s, got %s", strings.Join(want, " or "), k.Got)
	case *kind.Enum:
		want := make([]string, len(k.Want))
		for i, w := range k.Want {
			want[i] = literal(w)
		}
		return "want one of " + strings.Join(want, ", ")
	case *kind.Const:
		return "want " + literal(k.Want)
	case *kind.Pattern:
		if k.Want == durationPattern {
			return `want a duration such as "500ms" or "1m30s"`
		}
		return "does not match " + k.Want
	case *kind.Format:
		return "is not a valid " + k.Want
	case *kind.MinLength:
		if k.Want == 1 {
			return "must not be empty"
		}
		return "must have at least " + count(k.Want, "character") + has(k.Got)
	case *kind.MaxLength:
		return "must have at most " + count(k.Want, "character") + has(k.Got)
	case *kind.MinItems:
		return "must have at least " + count(k.Want, "item") + has(k.Got)
	case *kind.MaxItems:
		return "must have at most " + count(k.Want, "item") + has(k.Got)
	case *kind.MinProperties:
		return "must have at least " + count(k.Want, "field") + has(k.Got)
	case *kind.MaxProperties:
		return "must have at most " + count(k.Want, "field") + has(k.Got)
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

// literal shows a value of the schema: plain words as they are.
func literal(value any) string {
	if s, ok := value.(string); ok && plainName(s) {
		return s
	}
	text, err := json.Marshal(value)
	if err != nil { // not reached: it came from JSON
		return "a value that cannot be shown"
	}
	return string(text)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

func has(n int) string { return ", has " + strconv.Itoa(n) }

func decimal(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'f', -1, 64)
}
