package verify_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/verify"
)

// Schemas that no document should be held against.
func TestHostileSchemas(t *testing.T) {
	t.Parallel()
	chain := func(n int) string {
		var b strings.Builder
		b.WriteString(`{"$ref":"#/$defs/s0","$defs":{`)
		for i := range n {
			fmt.Fprintf(&b, `"s%d":{"$ref":"#/$defs/s%d"},`, i, i+1)
		}
		fmt.Fprintf(&b, `"s%d":true}}`, n)
		return b.String()
	}
	doubling := func(n int) string { // each applies the next one twice
		var b strings.Builder
		b.WriteString(`{"$ref":"#/$defs/s0","$defs":{`)
		for i := range n {
			fmt.Fprintf(&b, `"s%d":{"allOf":[{"$ref":"#/$defs/s%d"},{"$ref":"#/$defs/s%d"}]},`, i, i+1, i+1)
		}
		fmt.Fprintf(&b, `"s%d":true}}`, n)
		return b.String()
	}
	tests := map[string]struct{ reason, schema, want string }{
		"Itself":        {"A value has no end of such.", `{"$ref":"#"}`, "refers to itself without end"},
		"EachOther":     {"Nor here.", `{"$ref":"#/$defs/a","$defs":{"a":{"allOf":[{"$ref":"#/$defs/b"}]},"b":{"$ref":"#/$defs/a"}}}`, "refers to itself without end"},
		"NotItself":     {"Nor what is not to be.", `{"not":{"$ref":"#"}}`, "refers to itself without end"},
		"DynamicItself": {"Nor by a dynamic reference.", `{"$dynamicAnchor":"n","$dynamicRef":"#n"}`, "refers to itself without end"},
		"Below":         {"A tree may be as high as the document.", `{"items":{"$ref":"#"}}`, ""},
		"Chain":         {"It takes a while, but ends.", chain(500), ""},
		"LongChain":     {"Nobody means that.", chain(verify.MaxSchemaSteps), "applies more than 1000 schemas to one value"},
		"Doubling":      {"A few lines, and 2^40 schemas for one value.", doubling(40), "applies more than 1000 schemas to one value"},
		"Values":        {"A schema is read at every start.", `{"enum":[` + strings.Repeat("1,", verify.MaxSchemaValues) + `1]}`, "have more than 10000 values together"},
		"Elsewhere":     {"Nothing is fetched.", `{"$ref":"http://127.0.0.1:1/x"}`, "is no JSON Schema"},
		"File":          {"Nor read.", `{"$ref":"file:///dev/zero"}`, "is no JSON Schema"},
		"Metaschema":    {"What everybody has may be referred to.", `{"$ref":"https://json-schema.org/draft/2020-12/schema"}`, ""},
		"Pattern":       {"It is an expression.", `{"pattern":"("}`, "is no JSON Schema"},
		"PatternSize":   {"A short one can be a large program.", `{"pattern":"((a{100}){100}){100}"}`, "is no JSON Schema"},
		"PatternRanges": {"So can one of few characters.", `{"pattern":"(\\pL{30}){30}"}`, "is no JSON Schema"},
		"PatternMany":   {"So can many be.", `{"allOf":` + many(100, same(`{"pattern":"[a-z]{600}"}`)) + `}`, "is no JSON Schema"},
		"PatternTower":  {"Whatever it is.", `{"pattern":"` + strings.Repeat("(", 10_000) + strings.Repeat(")", 10_000) + `"}`, "is no JSON Schema"},
		"Exponent":      {"Nobody counts so far.", `{"minimum":1e999999999}`, "state_schema: not a JSON object"},
		"Deep":          {"Nor reads so deep.", strings.Repeat(`{"not":`, 100) + "true" + strings.Repeat("}", 100), "lies deeper than"},
		"Unique":        {"A list is one of a kind.", `{"$schema":"http://json-schema.org/draft-07/schema#","enum":` + list(12_000, func(i int) string { return tree(12, i) }) + `}`, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			_, err := verify.New(withState(tc.schema))
			if took := time.Since(start); took > patience {
				t.Errorf("it took %v", took)
			}
			if text := strings.Join(fields(t, err, protocol.Internal), "; "); (err == nil) != (tc.want == "") || !strings.Contains(text, tc.want) {
				t.Errorf("%s: want %q, got %.500v", tc.reason, tc.want, err)
			}
		})
	}
}

func TestDefinitionBounds(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		change func(*protocol.Definition)
		want   []string
	}{
		"Good":       {"Nothing is wrong with it.", func(*protocol.Definition) {}, nil},
		"Invariants": {"Lists are bounded.", func(d *protocol.Definition) { d.Invariants = make([]protocol.Invariant, verify.MaxInvariants+1) }, []string{"invariants: are 1001, and may be 1000 at most"}},
		"Actions":    {"Lists are bounded.", func(d *protocol.Definition) { d.Actions = make([]protocol.ActionSpec, verify.MaxActions+1) }, []string{"actions: are 101, and may be 100 at most"}},
		"Repairs":    {"Lists are bounded.", func(d *protocol.Definition) { d.Actions[0].Repairs = make([]string, verify.MaxRepairs+1) }, []string{"actions[0].repairs: are 1001, and may be 1000 at most"}},
		"Texts":      {"A guide is for reading.", func(d *protocol.Definition) { d.Guide = strings.Repeat("x", verify.MaxTextBytes) }, []string{"its texts have 1048635 bytes together, and may have 1048576 at most"}},
		"Schema":     {"Schemas are bounded.", func(d *protocol.Definition) { d.ConfigSchema = make(json.RawMessage, verify.MaxSchemaBytes+1) }, []string{"config_schema: has 131073 bytes, and may have 131072 at most"}},
		"Params":     {"Each of them.", func(d *protocol.Definition) { d.Actions[0].Params = make(json.RawMessage, verify.MaxSchemaBytes+1) }, []string{"actions[0].params: has 131073 bytes, and may have 131072 at most"}},
		"Together": {"Many schemas are much.", func(d *protocol.Definition) {
			d.Actions = nil
			for i := range verify.MaxActions {
				d.Actions = append(d.Actions, protocol.ActionSpec{
					Name: fmt.Sprint("a", i), Risk: protocol.RiskLow, Params: json.RawMessage(`{"enum":` + many(200, func(i int) string { return fmt.Sprint(i) }) + `}`),
				})
			}
		}, func() (want []string) {
			for i := 49; i < 69; i++ {
				want = append(want, fmt.Sprintf("actions[%d].params: is too large: the schemas have more than 10000 values together", i))
			}
			return append(want, "and 31 more")
		}()},
		"Validate": {"And what a definition says of itself.", func(d *protocol.Definition) { d.Name = "" }, []string{`name: "" is not a name: want lower case words joined by underscores, at most 64 bytes`}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			def := definition()
			tc.change(&def)
			_, err := verify.New(def)
			compare(t, tc.reason, tc.want, fields(t, err, protocol.Internal))
		})
	}
}
