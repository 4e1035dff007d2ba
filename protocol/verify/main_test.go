package verify_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/verify"
)

var now = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// definition declares a little of everything.
func definition() protocol.Definition {
	return protocol.Definition{
		Name: "orders", Version: "1.0.0", Summary: "orders",
		ConfigSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["redis"],"properties":{
			"redis":{"type":"object","properties":{"timeout":{"type":"string"}}},
			"management":{"type":"object","properties":{"urls":{"type":"array","items":{"type":"string","pattern":"^http"}}}}}}`),
		StateSchema: json.RawMessage(`{"type":"object","required":["nodes"],"properties":{"nodes":{"type":"array","items":{
			"type":"object","required":["id"],"properties":{"id":{"type":"string"},"latency_ms":{"type":"number","minimum":0}}}}}}`),
		Invariants: []protocol.Invariant{
			{Name: "node_down", Entity: "node", Severity: protocol.Critical},
			{Name: "slow", Severity: protocol.Warning},
		},
		Actions: []protocol.ActionSpec{
			{Name: "restart", Risk: protocol.RiskLow, Params: json.RawMessage(`{"type":"object","required":["node"],"additionalProperties":false,"properties":{"node":{"type":"string","minLength":1}}}`)},
		},
	}
}

// withState is the definition with another schema of the state.
func withState(schema string) protocol.Definition {
	def := definition()
	def.StateSchema = json.RawMessage(schema)
	return def
}

func observation() protocol.Observation {
	return protocol.Observation{
		Time: now, Duration: time.Second, Summary: "one node is down",
		Sources: []protocol.Source{
			{Name: "redis", Class: protocol.SourceOK, Latency: time.Millisecond},
			{Name: "metrics", Class: protocol.SourceTimeout, Message: "no answer", Latency: time.Second},
		},
		Violations: []protocol.Violation{
			{Invariant: "node_down", Entity: "a", Severity: protocol.Critical, Message: "is down", Value: new(1.0), Threshold: new(0.0)},
			{Invariant: "node_down", Entity: "b", Severity: protocol.Critical, Message: "is down"},
		},
		Unchecked: []protocol.Unchecked{
			{Invariant: "node_down", Reason: "the others cannot be told"},
			{Invariant: "node_down", Entity: "c", Source: "redis", Reason: "no answer"},
			{Invariant: "slow", Source: "metrics", Reason: "no answer"},
		},
		State: json.RawMessage(`{"nodes":[{"id":"a","latency_ms":1.5},{"id":"b"}]}`),
	}
}

func checker(t testing.TB, def protocol.Definition) *verify.Checker {
	t.Helper()
	c, err := verify.New(def)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// fields are what an error names, as texts.
func fields(t testing.TB, err error, code protocol.Code) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok || e.Code != code || e.Message == "" || len(e.Fields) == 0 {
		t.Fatalf("got %#v, want %s with fields", err, code)
	}
	texts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		texts[i] = fmt.Sprint(f)
	}
	return texts
}

func compare[T any](t testing.TB, what string, want, got T, opts ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, opts...); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
