package protocol_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// valid is a definition without a flaw; each call makes a new one.
func valid() protocol.Definition {
	return protocol.Definition{
		Name: "lamp", Version: "1.0.0", Summary: "a lamp",
		ConfigSchema: json.RawMessage(`{"type":"object"}`),
		StateSchema:  json.RawMessage(`{}`),
		Invariants: []protocol.Invariant{
			{Name: "is_lit", Severity: protocol.Critical},
			{Name: "is_cool_2", Severity: protocol.Info, Grace: time.Minute},
		},
		Actions: []protocol.ActionSpec{
			{Name: "switch_on", Params: json.RawMessage(`{"type":"object"}`), Risk: protocol.RiskLow, Repairs: []string{"is_lit"}},
		},
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		spoil  func(*protocol.Definition)
		want   []string // how each line of the error begins
	}{
		"Valid":   {"Nothing is wrong with it.", func(*protocol.Definition) {}, nil},
		"Minimal": {"A subject may have nothing to check and nothing to do.", func(d *protocol.Definition) { d.Invariants, d.Actions = nil, nil }, nil},
		"Empty": {
			"All that is wrong is said at once.",
			func(d *protocol.Definition) { *d = protocol.Definition{} },
			[]string{"name: ", "version: ", "summary: ", "config_schema: ", "state_schema: "},
		},
		"CapitalName":    {"Names are lower case.", func(d *protocol.Definition) { d.Name = "Lamp" }, []string{`name: "Lamp" is not a name`}},
		"DashedName":     {"Words are joined by underscores.", func(d *protocol.Definition) { d.Name = "my-lamp" }, []string{"name: "}},
		"HangingName":    {"An underscore joins two words.", func(d *protocol.Definition) { d.Name = "lamp_" }, []string{"name: "}},
		"NumberFirst":    {"A word of digits cannot come first.", func(d *protocol.Definition) { d.Name = "2lamp" }, []string{"name: "}},
		"LongestName":    {"The bound itself is within it.", func(d *protocol.Definition) { d.Name = strings.Repeat("n", protocol.MaxNameLen) }, nil},
		"LongName":       {"One more is not, and the error repeats no more than the bound.", func(d *protocol.Definition) { d.Name = strings.Repeat("n", 1<<20) }, []string{`name: "` + strings.Repeat("n", protocol.MaxNameLen) + `" is`}},
		"SchemaList":     {"A schema is an object.", func(d *protocol.Definition) { d.ConfigSchema = json.RawMessage(`[]`) }, []string{"config_schema: not a JSON object"}},
		"SchemaNull":     {"null is no object.", func(d *protocol.Definition) { d.StateSchema = json.RawMessage(`null`) }, []string{"state_schema: not a JSON object: null"}},
		"SchemaCut":      {"A schema is JSON.", func(d *protocol.Definition) { d.StateSchema = json.RawMessage(`{"type":`) }, []string{"state_schema: not a JSON object"}},
		"SameInvariant":  {"A verdict must lead to one invariant.", func(d *protocol.Definition) { d.Invariants[1].Name = "is_lit" }, []string{`invariants[1].name: "is_lit" is declared twice`}},
		"NoSeverity":     {"How bad it is must be said.", func(d *protocol.Definition) { d.Invariants[0].Severity = "" }, []string{"invariants[0].severity: "}},
		"NegativeGrace":  {"Nothing fires before it breaks.", func(d *protocol.Definition) { d.Invariants[1].Grace = -1 }, []string{"invariants[1].grace_ms: is negative"}},
		"InvariantName":  {"Invariants have names too.", func(d *protocol.Definition) { d.Invariants[1].Name = "a b" }, []string{"invariants[1].name: "}},
		"SameAction":     {"An action must lead to one entry.", func(d *protocol.Definition) { d.Actions = append(d.Actions, d.Actions[0]) }, []string{`actions[1].name: "switch_on" is declared twice`}},
		"NoRisk":         {"How risky it is must be said.", func(d *protocol.Definition) { d.Actions[0].Risk = "none" }, []string{`actions[0].risk: "none" is none of`}},
		"NoParams":       {"Parameters have a schema even where there are none.", func(d *protocol.Definition) { d.Actions[0].Params = nil }, []string{"actions[0].params: "}},
		"RepairsNothing": {"What is repaired must be declared.", func(d *protocol.Definition) { d.Actions[0].Repairs = []string{"is_lit", "is_dry"} }, []string{`actions[0].repairs: "is_dry" is no declared invariant`}},
		"ActionName":     {"Actions have names too.", func(d *protocol.Definition) { d.Actions[0].Name = "" }, []string{`actions[0].name: "" is not a name`}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			def := valid()
			tc.spoil(&def)
			var got []string
			if err := def.Validate(); err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			for i := range min(len(got), len(tc.want)) {
				got[i] = got[i][:min(len(got[i]), len(tc.want[i]))]
			}
			compare(t, tc.reason, tc.want, got)
		})
	}
}

func TestDefinitionLookup(t *testing.T) {
	t.Parallel()
	def := valid()
	if inv, ok := def.Invariant("is_cool_2"); !ok || inv.Grace != time.Minute {
		t.Errorf("invariant is_cool_2: got %+v, %t", inv, ok)
	}
	if _, ok := def.Invariant("switch_on"); ok {
		t.Error("an action was found among the invariants")
	}
	if spec, ok := def.Action("switch_on"); !ok || spec.Risk != protocol.RiskLow {
		t.Errorf("action switch_on: got %+v, %t", spec, ok)
	}
	if _, ok := def.Action("is_lit"); ok {
		t.Error("an invariant was found among the actions")
	}
}

type silent struct{ protocol.Subject }

type speaking struct{ protocol.Subject }

func (speaking) Definition() protocol.Definition { return protocol.Definition{Name: "configured"} }

func TestDefinitionOf(t *testing.T) {
	t.Parallel()
	compare(t, "a subject that does not describe itself", "lamp", protocol.DefinitionOf(silent{}, valid()).Name)
	compare(t, "a Describer", "configured", protocol.DefinitionOf(speaking{}, valid()).Name)
}

func TestSeverityRank(t *testing.T) {
	t.Parallel()
	got := []protocol.Severity{"", protocol.Info, protocol.Critical, "odd", protocol.Warning}
	slices.SortStableFunc(got, func(a, b protocol.Severity) int { return a.Rank() - b.Rank() })
	compare(t, "worst first", []protocol.Severity{protocol.Critical, protocol.Warning, protocol.Info, "", "odd"}, got)
}

func TestNewActionID(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for range 1000 {
		id := protocol.NewActionID()
		if id == "" || len(id) > protocol.MaxActionIDLen || seen[id] {
			t.Fatalf("%q is empty, too long or not new", id)
		}
		seen[id] = true
	}
}
