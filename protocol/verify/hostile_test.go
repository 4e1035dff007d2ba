package verify_test

import (
	"fmt"
	"strings"
)

// largest is how large the documents of these tests are: a message across the
// boundary has no more.
const largest = 4 << 20

// list repeats items, separated by commas, until there are so many bytes.
func list(bytes int, item func(i int) string) string {
	var b strings.Builder
	b.WriteByte('[')
	for i := 0; ; i++ {
		next := item(i)
		if b.Len()+len(next)+2 > bytes {
			return b.String() + "]"
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(next)
	}
}

func same(item string) func(int) string { return func(int) string { return item } }

// many repeats schemas.
func many(n int, schema func(i int) string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = schema(i)
	}
	return "[" + strings.Join(all, ",") + "]"
}

// tree is an empty list's list, and so on, of n lists; different for different i,
// and the same when only the lists are counted.
func tree(n, i int) string {
	var b strings.Builder
	depth := 0
	i <<= 1 // the first holds the others
	for range n {
		b.WriteByte('[')
		depth++
		if i&1 != 0 && depth > 1 {
			b.WriteByte(']')
			depth--
			if b.Len() > 0 {
				b.WriteByte(',')
			}
		}
		i >>= 1
	}
	return strings.TrimSuffix(b.String(), ",") + strings.Repeat("]", depth)
}

// hostile are schemas, of the state's items, and items that make them dear.
var hostile = map[string]struct {
	schema string
	item   func(i int) string
}{
	"Branches": {
		`{"anyOf":` + many(400, func(i int) string { return fmt.Sprintf(`{"items":{"type":"string"},"minItems":%d}`, i) }) + `}`,
		same(list(16_000, same("1"))),
	},
	"NotBranches": {
		`{"not":{"anyOf":` + many(400, func(i int) string { return fmt.Sprintf(`{"items":{"type":"string"},"minItems":%d}`, i) }) + `}}`,
		same(list(16_000, same("1"))),
	},
	"Multiplies": {
		`{"$ref":"#/$defs/a"}`, same(strings.Repeat("[", 50) + `"x"` + strings.Repeat("]", 50)),
	},
	"Trees":      {`{"uniqueItems":true}`, same(list(16_000, func(i int) string { return tree(12, i) }))},
	"FewLong":    {`{"uniqueItems":true}`, same(list(16_000, func(i int) string { return `[` + strings.Repeat("1,", 390) + fmt.Sprint(i) + `]` }))},
	"DearFew":    {`{"uniqueItems":true}`, same(list(16_000, func(i int) string { return fmt.Sprintf("1%02de%d", i%100, 999-i/100) }))},
	"MultipleOf": {`{"multipleOf":3e-999}`, same("1." + strings.Repeat("7", 390) + "e-999")},
	"Multiples":  {`{"allOf":` + many(300, same(`{"multipleOf":3e-999}`)) + `}`, same("1." + strings.Repeat("7", 390) + "e-999")},
	"Integer":    {`{"items":{"type":"integer"},"uniqueItems":false,"minContains":0,"contains":true}`, same(list(16_000, same("1e-999")))},
	"Cheap":      {`{"multipleOf":1}`, same("1")},
	"Enum":       {`{"enum":` + many(2_000, func(i int) string { return fmt.Sprint(i) }) + `}`, same("5000")},
	"DearEnum":   {`{"enum":` + many(2_000, func(i int) string { return fmt.Sprintf("1e-%d", i%999) }) + `}`, same("5000")},
	"Enums": {
		`{"items":{"enum":` + many(2_000, func(i int) string { return fmt.Sprint(i) }) + `},"contains":true}`, same(list(16_000, same("1"))),
	},
	"Const":       {`{"const":` + many(3_000, same("1")) + `}`, same(list(6_000, same("1")))},
	"Unevaluated": {`{"allOf":` + many(300, same(`{"minProperties":0}`)) + `,"unevaluatedProperties":false}`, same(`{"a":1,"b":2,"c":3}`)},
	"UnevaluatedWide": {
		`{"allOf":` + many(100, same(`{"minItems":0}`)) + `,"unevaluatedItems":{"type":"null"}}`, same(list(16_000, same("1"))),
	},
	"Dynamic": {`{"$dynamicRef":"#n"}`, same(strings.Repeat("[", 60) + `1` + strings.Repeat("]", 60))},
	"Required": {
		`{"anyOf":[{"required":` + many(3_000, func(i int) string { return fmt.Sprintf(`"r%d"`, i) }) + `},{"type":"null"}]}`, same(`{}`),
	},
	"Pattern":      {`{"pattern":"(x+x+)+y"}`, same(`"` + strings.Repeat("x", 16_000) + `"`)},
	"LongPattern":  {`{"pattern":"(x?y?z?){100}$"}`, same(`"` + strings.Repeat("x", 16_000) + `"`)},
	"PatternShort": {`{"pattern":"^(a|b|ab)*$"}`, same(`"` + strings.Repeat("ab", 16) + `"`)},
	"Patterns":     {`{"patternProperties":{"(x?y?z?){100}$":true,"(x?y?w?){100}$":true}}`, same(`{"` + strings.Repeat("x", 7_000) + `":1,"` + strings.Repeat("y", 7_000) + `":1}`)},
	"Names":        {`{"propertyNames":{"pattern":"(x+x+)+y"}}`, same(`{"` + strings.Repeat("x", 16_000) + `":1}`)},
	"Tiny":         {`{"oneOf":[{"type":"null"},{"type":"string"}]}`, same("1")},
	"TinyGood":     {`{"oneOf":[{"type":"null"},{"type":"number"}]}`, same("1")},
	"DeepNames": {
		`{"$ref":"#/$defs/deep"}`, same(strings.Repeat(`{"`+strings.Repeat("é", 60)+`":`, 50) + `[1,1,1,1,1,1,1,1,1,1,1]` + strings.Repeat("}", 50)),
	},
}

const hostileDefs = `"$defs":{
	"a":{"anyOf":[{"items":{"$ref":"#/$defs/a"},"type":"array"},{"items":{"$ref":"#/$defs/a"},"type":["array","null"]},{"type":"null"}]},
	"n":{"$dynamicAnchor":"n","anyOf":[{"items":{"$dynamicRef":"#n"},"type":"array"},{"type":"null"}]},
	"deep":{"anyOf":[{"additionalProperties":{"$ref":"#/$defs/deep"},"items":{"type":"null"},"minProperties":3}]}}`
