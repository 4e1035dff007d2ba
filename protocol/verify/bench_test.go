package verify_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// counters is a state with that many.
func counters(n int) json.RawMessage {
	raw := []byte(`{"nodes":[{"id":"a"},{"id":"b"},{"id":"c"}],"counters":[`)
	for i := range n {
		if i > 0 {
			raw = append(raw, ',')
		}
		raw = fmt.Appendf(raw, `{"key":"customer/%d/requests","count":%d,"limit":100,"remaining":50}`, i, i)
	}
	return append(raw, `]}`...)
}

const countersSchema = `{"type":"object","additionalProperties":false,"required":["nodes","counters"],"properties":{
	"nodes":{"type":["array","null"],"items":{"type":"object","required":["id"],"properties":{"id":{"type":"string"}}}},
	"counters":{"type":["array","null"],"items":{"type":"object","additionalProperties":false,"required":["key","count","limit","remaining"],"properties":{
		"key":{"type":"string"},"count":{"type":"integer","minimum":0},"limit":{"type":"integer"},"remaining":{"type":["integer","null"],"minimum":0}}}}}}`

// exoticSchema asks more than can be seen while reading.
const exoticSchema = `{"properties":{"counters":{"items":{"oneOf":[{"required":["key"]},{"type":"null"}]}}}}`

func BenchmarkObservation(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		for name, schema := range map[string]string{"plain": countersSchema, "oneOf": exoticSchema} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				c := checker(b, withState(schema))
				o := observation()
				o.State = counters(n)
				b.SetBytes(int64(len(o.State)))
				b.ReportAllocs()
				for b.Loop() {
					if err := c.Observation(o, now); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkViolations(b *testing.B) {
	c := checker(b, definition())
	o := observation()
	for i := range 9_000 {
		o.Violations = append(o.Violations, protocol.Violation{Invariant: "node_down", Entity: fmt.Sprint("n", i), Severity: protocol.Critical, Message: "is down"})
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Observation(o, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	def := withState(countersSchema)
	b.ReportAllocs()
	for b.Loop() {
		checker(b, def)
	}
}
