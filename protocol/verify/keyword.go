package verify

import "github.com/santhosh-tekuri/jsonschema/v6"

// isBareReference reports whether a schema is a reference and nothing else.
func isBareReference(s *jsonschema.Schema) bool {
	return exoticKeyword(s) == "$ref" && s.Types == nil && s.Enum == nil &&
		s.MinProperties == nil && s.MaxProperties == nil && s.Required == nil && s.Properties == nil && s.AdditionalProperties == nil &&
		s.MinItems == nil && s.MaxItems == nil && s.Items == nil && s.Items2020 == nil &&
		s.MinLength == nil && s.MaxLength == nil && s.Pattern == nil &&
		s.Minimum == nil && s.Maximum == nil && s.ExclusiveMinimum == nil && s.ExclusiveMaximum == nil && s.MultipleOf == nil
}

// exoticKeyword returns a keyword of s that says more than can be seen while
// reading, empty if there is none. $ref is the last that it looks for.
func exoticKeyword(s *jsonschema.Schema) string {
	for _, k := range []struct {
		name string
		used bool
	}{
		{"$recursiveRef", s.RecursiveRef != nil},
		{"$dynamicRef", s.DynamicRef != nil},
		{"enum", s.Enum != nil && !onlyTexts(s.Enum.Values)},
		{"const", s.Const != nil},
		{"not", s.Not != nil},
		{"allOf", len(s.AllOf) > 0},
		{"anyOf", len(s.AnyOf) > 0},
		{"oneOf", len(s.OneOf) > 0},
		{"if", s.If != nil},
		{"format", s.Format != nil && s.Format.Name != countedFormat},
		{"propertyNames", s.PropertyNames != nil},
		{"patternProperties", len(s.PatternProperties) > 0},
		{"dependencies", len(s.Dependencies) > 0},
		{"dependentRequired", len(s.DependentRequired) > 0},
		{"dependentSchemas", len(s.DependentSchemas) > 0},
		{"unevaluatedProperties", s.UnevaluatedProperties != nil},
		{"uniqueItems", s.UniqueItems},
		{"contains", s.Contains != nil},
		{"items", s.Items != nil && (one(s.Items) == nil || s.DraftVersion >= 2020)},
		{"additionalItems", s.AdditionalItems != nil},
		{"prefixItems", len(s.PrefixItems) > 0},
		{"unevaluatedItems", s.UnevaluatedItems != nil},
		{"contentEncoding", s.ContentEncoding != nil},
		{"contentMediaType", s.ContentMediaType != nil},
		{"$ref", s.Ref != nil},
	} {
		if k.used {
			return k.name
		}
	}
	return ""
}

func onlyTexts(values []any) bool {
	for _, v := range values {
		if _, ok := v.(string); !ok {
			return false
		}
	}
	return true
}
