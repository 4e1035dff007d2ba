package protocol_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"math"
	"os"
	"path"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// full has a value in every field of every type, and empty has none. What they
// are written as, in testdata, is a promise to everybody who reads the JSON.
var full = map[string]any{
	"definition": &protocol.Definition{
		Name: "lamp", Version: "1.2.3", Summary: "a lamp", Guide: "It is on or off.",
		ConfigSchema: json.RawMessage(`{"type":"object"}`),
		StateSchema:  json.RawMessage(`{"type":"object","required":["on"]}`),
		Invariants: []protocol.Invariant{{
			Name: "is_lit", Summary: "it is dark", Entity: "lamp", Severity: protocol.Critical, Grace: 90*time.Second + time.Microsecond,
		}},
		Actions: []protocol.ActionSpec{{
			Name: "switch_on", Summary: "switches it on", Params: json.RawMessage(`{"type":"object"}`),
			Risk: protocol.RiskMedium, RequiresApproval: true, Idempotent: true, Repairs: []string{"is_lit"},
		}},
	},
	"observation": &protocol.Observation{
		Time: epoch.Add(123456789 * time.Nanosecond), Duration: 1500 * time.Microsecond, Summary: "1 broken, 1 unknown",
		Sources: []protocol.Source{
			{Name: "switch", Class: protocol.SourceOK, Latency: time.Millisecond},
			{Name: "meter", Class: protocol.SourceTimeout, Message: "no answer within 2s", Latency: 2 * time.Second},
		},
		Violations: []protocol.Violation{{
			Invariant: "is_lit", Entity: "a/\"b\"\n<é>", Severity: protocol.Warning, Message: "it is dark",
			Value: new(0.0), Threshold: new(12.5), Unit: "lx",
		}},
		Unchecked: []protocol.Unchecked{{Invariant: "is_cool", Entity: "c", Source: "meter", Reason: "the meter did not answer"}},
		State:     json.RawMessage(`{"on":false,"big":12345678901234567890}`),
	},
	"action": &protocol.Action{
		Name: "switch_on", ID: "01HZ", Params: json.RawMessage(`{"lamp":"a"}`), DryRun: true,
	},
	"outcome": &protocol.Outcome{
		Status: protocol.OutcomeAccepted, Message: "switched on",
		Changes: []protocol.Change{{Entity: "a", Field: "on", Before: json.RawMessage(`null`), After: json.RawMessage(`true`)}},
	},
	"transition": &protocol.Transition{
		From: protocol.Firing, To: protocol.Resolved, At: epoch,
		Ticket: protocol.Ticket{
			Invariant: "is_lit", Entity: "a", Severity: protocol.Info, Message: "it is dark", State: protocol.Resolved,
			Since: epoch, LastSeen: epoch, BrokenMS: 1500, FiredAt: at(0), ResolvedAt: at(time.Second),
			UnknownSince: at(2 * time.Second), UnknownReason: "gone",
		},
	},
	"error": &protocol.Error{
		Code: protocol.InvalidArgument, Message: "switch_on", Retryable: true, Effect: protocol.EffectNone,
		Fields: []protocol.FieldError{{Path: "lamp", Message: "no such lamp"}},
	},
}

var empty = map[string]any{
	"definition":  &protocol.Definition{ConfigSchema: json.RawMessage(`{}`), StateSchema: json.RawMessage(`{}`)},
	"invariant":   &protocol.Invariant{},
	"action_spec": &protocol.ActionSpec{Params: json.RawMessage(`{}`)},
	"observation": &protocol.Observation{State: json.RawMessage(`{}`)},
	"source":      &protocol.Source{},
	"violation":   &protocol.Violation{},
	"unchecked":   &protocol.Unchecked{},
	"action":      &protocol.Action{},
	"outcome":     &protocol.Outcome{},
	"change":      &protocol.Change{},
	"ticket":      &protocol.Ticket{},
	"transition":  &protocol.Transition{},
	"error":       &protocol.Error{},
}

func TestJSON(t *testing.T) {
	t.Parallel()
	for folder, values := range map[string]map[string]any{"full": full, "empty": empty} {
		for name, value := range values {
			t.Run(folder+"/"+name, func(t *testing.T) {
				t.Parallel()
				want, err := fs.ReadFile(os.DirFS("testdata"), path.Join(folder, name+".json"))
				if err != nil {
					t.Fatal(err)
				}
				var got bytes.Buffer
				enc := json.NewEncoder(&got)
				enc.SetEscapeHTML(false)
				enc.SetIndent("", "  ")
				if err := enc.Encode(value); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got.String()); diff != "" {
					t.Errorf("written (-want +got):\n%s", diff)
				}

				back := reflect.New(reflect.TypeOf(value).Elem()).Interface()
				if err := json.Unmarshal(want, back); err != nil {
					t.Fatal(err)
				}
				opts := cmp.Options{
					cmpopts.EquateEmpty(),
					cmpopts.IgnoreFields(protocol.Definition{}, "Open"),
					cmp.FilterValues(func(a, b json.RawMessage) bool { return len(a) > 0 && len(b) > 0 },
						cmp.Transformer("compact", compact)),
				}
				if diff := cmp.Diff(value, back, opts); diff != "" {
					t.Errorf("read back (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		return string(raw)
	}
	return b.String()
}

func TestJSONOfOddValues(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		value  any
		want   string
	}{
		"Infinite": {
			reason: "A percentile of nothing must not make an observation unwritable.",
			value:  protocol.Violation{Value: new(math.Inf(1)), Threshold: new(math.NaN()), Unit: "ms"},
			want:   `{"invariant":"","severity":"","message":"","unit":"ms"}`,
		},
		"LocalTime": {
			reason: "Times are written in UTC.",
			value:  protocol.Observation{Time: epoch.In(time.FixedZone("", 3600)), State: json.RawMessage(`1`)},
			want:   `{"time":"2026-03-01T12:00:00Z","summary":"","sources":[],"violations":[],"unchecked":[],"state":1,"duration_ms":0}`,
		},
		"Markup": {
			reason: "encoding/json escapes what could be markup, unless its caller asks it not to.",
			value:  protocol.Violation{Entity: "<b>"},
			want:   `{"invariant":"","entity":"\u003cb\u003e","severity":"","message":""}`,
		},
		"InvalidUTF8": {
			reason: "Entities come from the observed system and may be any bytes.",
			value:  protocol.Violation{Entity: "a\xffb"},
			want:   `{"invariant":"","entity":"a\ufffdb","severity":"","message":""}`,
		},
		"NoState": {
			reason: "An observation without a state says so.",
			value:  protocol.Observation{Time: epoch},
			want:   `{"time":"2026-03-01T12:00:00Z","summary":"","sources":[],"violations":[],"unchecked":[],"state":null,"duration_ms":0}`,
		},
		"UnknownBefore": {
			reason: "A side that is not known is absent, and no side is null: they differ.",
			value:  protocol.Change{Entity: "a", Field: "limit", After: json.RawMessage(`null`)},
			want:   `{"entity":"a","field":"limit","after":null}`,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(tc.value)
			if err != nil {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			compare(t, tc.reason, tc.want, string(got))
		})
	}
}

func TestJSONDurations(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		in     string
		want   time.Duration
	}{
		"Fraction":    {"Fractions of a millisecond are kept.", `{"grace_ms":0.25}`, 250 * time.Microsecond},
		"Exact":       {"Tenths that binary has no number for do not lose a nanosecond.", `{"grace_ms":1.1}`, 1100 * time.Microsecond},
		"Long":        {"What no Duration holds is the longest one.", `{"grace_ms":1e300}`, math.MaxInt64},
		"LongAgo":     {"And below zero likewise.", `{"grace_ms":-1e300}`, math.MinInt64},
		"Absent":      {"A document without the field leaves it alone.", `{"name":"x"}`, time.Hour},
		"Null":        {"null is absent.", `{"grace_ms":null}`, time.Hour},
		"NullIsNoOp":  {"By encoding/json's convention null as a whole changes nothing.", `null`, time.Hour},
		"ZeroIsAZero": {"Zero is a value.", `{"grace_ms":0}`, 0},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inv := protocol.Invariant{Grace: time.Hour}
			if err := json.Unmarshal([]byte(tc.in), &inv); err != nil {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			compare(t, tc.reason, tc.want, inv.Grace)
		})
	}
	for _, v := range []any{&protocol.Invariant{}, &protocol.Source{}, &protocol.Observation{}} {
		if err := json.Unmarshal([]byte(`{"grace_ms":"x","latency_ms":"x","duration_ms":"x"}`), v); err == nil {
			t.Errorf("%T accepts a text as a duration", v)
		}
	}
}
