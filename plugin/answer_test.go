package plugin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/verify"
)

func aDefinition() protocol.Definition {
	return protocol.Definition{
		Name: "orders", Version: "1", Summary: "s",
		ConfigSchema: json.RawMessage(`{}`), StateSchema: json.RawMessage(`{"type":["object","null"]}`),
		Invariants: []protocol.Invariant{{Name: "down", Entity: "node", Severity: protocol.Critical}},
		Actions:    []protocol.ActionSpec{{Name: "restart", Risk: protocol.RiskLow, Params: json.RawMessage(`{}`)}},
	}
}

func anObservation() *subjectv1.Observation {
	return &subjectv1.Observation{
		Time:       timestamppb.New(time.Unix(1_700_000_000, 0)),
		Sources:    []*subjectv1.Source{{Name: "a", Class: "ok"}},
		Violations: []*subjectv1.Violation{{Invariant: "down", Entity: "n", Severity: "critical"}},
		State:      []byte(`{}`),
	}
}

// tag and field make wire bytes by hand.
func field(number protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), content)
}

func TestHostileObservation(t *testing.T) {
	t.Parallel()
	of := func(change func(*subjectv1.Observation)) []byte {
		o := anObservation()
		change(o)
		raw, err := proto.Marshal(&subjectv1.ObserveResponse{Observation: o})
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	violations := func(n int) []byte { return bytes.Repeat(field(5, nil), n) }
	tests := map[string]struct {
		reason string
		answer []byte
		code   protocol.Code
		want   string // in the error's text, after what was tried
	}{
		"Nothing":      {"An answer has an observation.", nil, protocol.Internal, "there is no observation in the answer"},
		"Empty":        {"Whose time is set.", field(1, nil), protocol.Internal, "the observation is not as the definition has it: time: is not set"},
		"NaN":          {"Numbers are finite.", of(func(o *subjectv1.Observation) { o.Violations[0].Value = new(math.NaN()) }), protocol.Internal, "violations[0].value: NaN is not a finite number"},
		"Inf":          {"Numbers are finite.", of(func(o *subjectv1.Observation) { o.Violations[0].Threshold = new(math.Inf(1)) }), protocol.Internal, "violations[0].threshold: +Inf is not a finite number"},
		"Undeclared":   {"Invariants are declared.", of(func(o *subjectv1.Observation) { o.Violations[0].Invariant = "x\x1b" }), protocol.Internal, `violations[0].invariant: "x\x1b" is no declared invariant`},
		"Time":         {"A time has a year.", of(func(o *subjectv1.Observation) { o.Time.Seconds = math.MaxInt64 }), protocol.Internal, "time: is no time from the year 1 to 9999"},
		"Nanos":        {"And less than a second besides.", of(func(o *subjectv1.Observation) { o.Time.Nanos = -1 }), protocol.Internal, "time: is no time from the year 1 to 9999"},
		"Future":       {"What is not yet cannot be seen.", of(func(o *subjectv1.Observation) { o.Time = timestamppb.New(time.Now().Add(time.Hour)) }), protocol.Internal, "is in the future"},
		"Duration":     {"A duration is one.", of(func(o *subjectv1.Observation) { o.Duration = &durationpb.Duration{Seconds: math.MinInt64} }), protocol.Internal, "duration: is no duration of at most 10,000 years"},
		"LongDuration": {"And one that can be.", of(func(o *subjectv1.Observation) { o.Duration = &durationpb.Duration{Seconds: 300_000_000_000} }), protocol.Internal, "duration: 2562047h47m16.854775807s is more than 24h0m0s"},
		"Latency":      {"A duration is one.", of(func(o *subjectv1.Observation) { o.Sources[0].Latency = &durationpb.Duration{Seconds: 1, Nanos: -1} }), protocol.Internal, "sources[0].latency: is no duration of at most 10,000 years"},
		"State":        {"The schema says what it is.", of(func(o *subjectv1.Observation) { o.State = []byte(`[]`) }), protocol.Internal, "state: want null or object, got array"},
		"UTF8":         {"Protobuf has no other text.", field(1, append(field(3, []byte("\xff")), field(7, []byte(`{}`))...)), protocol.Internal, "the answer cannot be decoded"},
		"Noise":        {"It is protobuf.", []byte("\xff\xff\xff"), protocol.Internal, "the answer is not protobuf"},
		"Cut":          {"Whole.", []byte{0x0a, 0x05, 0x00}, protocol.Internal, "the answer is not protobuf"},
		"Group":        {"Of today.", []byte{0x0b, 0x0c}, protocol.Internal, "the answer is not protobuf"},
		"CutInside":    {"All the way.", field(1, field(5, []byte{0x0a, 0x05})), protocol.Internal, "one of the violations is not protobuf"},
		"Twice":        {"A field is there once.", append(field(1, nil), field(1, nil)...), protocol.Internal, "the answer has the field observation twice"},
		"StateTwice":   {"A field is there once.", field(1, append(field(7, nil), field(7, nil)...)), protocol.Internal, "the observation has the field state twice"},
		"Many":         {"Lists are bounded, before anything is made of them.", field(1, violations(4_000_000/2)), protocol.ResourceExhausted, "the observation has more than 10000 violations"},
		"ManySources":  {"Each by its own bound.", field(1, bytes.Repeat(field(4, nil), verify.MaxSources+1)), protocol.ResourceExhausted, "the observation has more than 1000 sources"},
		"Unknown":      {"What is not known is little.", bytes.Repeat(field(9, nil), maxUnknown+1), protocol.ResourceExhausted, "the answer has more than 1000 fields that no message of this protocol has"},
		"TooLarge":     {"A message is bounded.", field(1, field(7, make([]byte, MaxMessageBytes))), protocol.ResourceExhausted, fmt.Sprintf("larger than a message across the boundary may be, which is %d bytes", MaxMessageBytes)},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			next := tc.answer
			subject := hostile{"Observe": func() ([]byte, error) { return next, nil }}.open(t, aDefinition())
			o, err := subject.Observe(t.Context())
			e, ok := errors.AsType[*protocol.Error](err)
			if !ok || e.Code != tc.code || !strings.HasPrefix(e.Error(), "observe: the plugin") || !strings.Contains(e.Error(), tc.want) {
				t.Errorf("%s: got %v", tc.reason, err)
			}
			if !o.Time.IsZero() || o.State != nil {
				t.Errorf("%s: got an observation with the error: %v", tc.reason, o)
			}
			next = of(func(*subjectv1.Observation) {})
			if _, err := subject.Observe(t.Context()); err != nil {
				t.Errorf("the next observation: %v", err)
			}
		})
	}
}

func TestUnknownFieldsAreIgnored(t *testing.T) {
	t.Parallel()
	o, err := proto.Marshal(anObservation())
	if err != nil {
		t.Fatal(err)
	}
	o = append(field(99, []byte("new")), append(o, protowire.AppendVarint(protowire.AppendTag(nil, 7, protowire.VarintType), 1)...)...)
	got, err := hostile{"Observe": answerBytes(append(field(1, o), field(2, nil)...))}.open(t, aDefinition()).Observe(t.Context())
	if err != nil || string(got.State) != `{}` || len(got.Violations) != 1 {
		t.Errorf("a plugin that is newer: got %v, %v", got, err)
	}
}

func TestHostileOutcome(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		name   string
		answer []byte
		code   protocol.Code
		want   string
	}{
		"Nothing":  {"An outcome has a status.", "restart", nil, protocol.Internal, `status: "" is no status`},
		"Many":     {"Lists are bounded.", "restart", bytes.Repeat(field(3, nil), verify.MaxChanges+1), protocol.ResourceExhausted, "has more than 10000 changes"},
		"Change":   {"A side is JSON.", "restart", append(field(1, []byte("accepted")), field(3, field(3, []byte("{")))...), protocol.Internal, "changes[0].before: is not a JSON document"},
		"NoAction": {"What is in no catalogue is refused.", "x", field(1, []byte("accepted")), protocol.Internal, `name: "x" is in no catalogue`},
		"TooLarge": {"A message is bounded.", "restart", field(2, make([]byte, MaxMessageBytes)), protocol.ResourceExhausted, "larger than"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			subject := hostile{"Act": answerBytes(tc.answer)}.open(t, aDefinition())
			for dry, effect := range map[bool]protocol.Effect{false: protocol.EffectUnknown, true: protocol.EffectNone} {
				_, err := subject.Act(t.Context(), protocol.Action{Name: tc.name, ID: "1", DryRun: dry})
				e, ok := errors.AsType[*protocol.Error](err)
				if !ok || e.Code != tc.code || e.Effect != effect || e.Retryable || !strings.Contains(e.Error(), tc.want) {
					t.Errorf("%s: dry %t: got %#v, %v", tc.reason, dry, e, err)
				}
			}
		})
	}
}

func TestHostileDefinition(t *testing.T) {
	t.Parallel()
	def := aDefinition()
	tests := map[string]struct {
		reason     string
		described  func(*subjectv1.Definition)
		configured func(*subjectv1.Definition)
		want       string
	}{
		"Severity":  {"As Validate says.", func(d *subjectv1.Definition) { d.Invariants[0].Severity = "dire" }, nil, `describe: the plugin broke the contract: the definition is not valid: invariants[0].severity: "dire" is none of`},
		"Schema":    {"A schema is one.", func(d *subjectv1.Definition) { d.StateSchema = []byte(`{"type":5}`) }, nil, "state_schema: is no JSON Schema"},
		"Elsewhere": {"Which is complete.", func(d *subjectv1.Definition) { d.Actions[0].Params = []byte(`{"$ref":"file:///etc/passwd"}`) }, nil, `actions[0].params: is no JSON Schema: `},
		"Grace":     {"A duration is one.", func(d *subjectv1.Definition) { d.Invariants[0].Grace = &durationpb.Duration{Seconds: math.MaxInt64} }, nil, "invariants[0].grace_ms: is no duration"},
		"Many": {"Lists are bounded.", func(d *subjectv1.Definition) {
			d.Actions = make([]*subjectv1.ActionSpec, verify.MaxActions+1)
			for i := range d.GetActions() {
				d.Actions[i] = &subjectv1.ActionSpec{}
			}
		}, nil, "the definition has more than 100 actions"},
		"Large":      {"Schemas are bounded.", func(d *subjectv1.Definition) { d.StateSchema = make([]byte, verify.MaxSchemaBytes+1) }, nil, "state_schema: has 131073 bytes"},
		"OtherName":  {"It is the same subject.", nil, func(d *subjectv1.Definition) { d.Name = "other" }, `configure: the plugin broke the contract: the configured definition is not the described one: name: is "other", and was described as "orders"`},
		"OtherRules": {"With the same rules.", nil, func(d *subjectv1.Definition) { d.Invariants[0].Name = "up" }, `invariants[0].name: is "up", and was described as "down"`},
		"MoreActs":   {"And the same actions.", nil, func(d *subjectv1.Definition) { d.Actions = nil }, "actions: are 0, and were described as 1"},
		"BadInForce": {"It is valid, too.", nil, func(d *subjectv1.Definition) { d.Invariants[0].Severity = "dire" }, "configure: the plugin broke the contract: the definition is not valid"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			described, configured := definitionToProto(def), definitionToProto(def)
			if tc.described != nil {
				tc.described(described)
			}
			if tc.configured != nil {
				tc.configured(configured)
			}
			got, err := hostile{
				"Describe":  answer(&subjectv1.DescribeResponse{Definition: described}),
				"Configure": answer(&subjectv1.ConfigureResponse{Definition: configured}),
			}.remote(t).describe(t.Context())
			if err == nil {
				_, err = got.Open(t.Context(), nil)
			}
			e, ok := errors.AsType[*protocol.Error](err)
			if !ok || e.Code != protocol.Internal && e.Code != protocol.ResourceExhausted || !strings.Contains(e.Error(), tc.want) {
				t.Errorf("%s: got %v", tc.reason, err)
			}
		})
	}
	for method, h := range map[string]hostile{
		"describe":  {"Describe": answerBytes(nil)},
		"configure": {"Describe": answer(&subjectv1.DescribeResponse{Definition: definitionToProto(def)}), "Configure": answerBytes(nil)},
	} {
		got, err := h.remote(t).describe(t.Context())
		if err == nil {
			_, err = got.Open(t.Context(), nil)
		}
		if err == nil || err.Error() != method+": the plugin broke the contract: there is no definition in the answer" {
			t.Errorf("nothing: got %v", err)
		}
	}
}
