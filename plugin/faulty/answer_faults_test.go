//go:build linux

package faulty_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/verify"
)

// observed makes a fault of an observation that is not as it has to be.
func observed(reason string, change func(*subjectv1.Observation), fields ...string) fault {
	return fault{
		reason: reason, plain: true, at: atObserve, check: "observe/valid",
		run: onWire("Observe", func(c *wireCall) error {
			m, err := c.honest()
			if err != nil {
				return statusOf(err)
			}
			change(m.(*subjectv1.ObserveResponse).GetObservation())
			return c.SendMsg(m)
		}),
		code: protocol.Internal, fields: fields, want: []string{"observe: the plugin broke the contract"},
	}
}

// answered makes a fault of bytes.
func answered(reason string, code protocol.Code, raw func() []byte, want ...string) fault {
	return fault{
		reason: reason, plain: true, at: atObserve, check: "observe/valid",
		run:  onWire("Observe", func(c *wireCall) error { return c.SendMsg(raw()) }),
		code: code, want: want,
	}
}

// answerFaults are observations that are no data.
func answerFaults() map[string]fault {
	number := func(at func(*subjectv1.Violation) **float64, x float64) func(*subjectv1.Observation) {
		return func(o *subjectv1.Observation) {
			o.Violations = []*subjectv1.Violation{{Invariant: "overfull", Entity: "main", Severity: "warning", Message: "full"}}
			*at(o.GetViolations()[0]) = &x
		}
	}
	value := func(v *subjectv1.Violation) **float64 { return &v.Value }
	threshold := func(v *subjectv1.Violation) **float64 { return &v.Threshold }
	state := func(text string) func(*subjectv1.Observation) {
		return func(o *subjectv1.Observation) { o.State = []byte(text) }
	}
	return map[string]fault{
		"invariant_unknown": observed("Nobody has declared it.", func(o *subjectv1.Observation) {
			o.Violations = []*subjectv1.Violation{{Invariant: "drought", Severity: "warning", Message: "no water"}}
		}, "violations[0].invariant"),
		"invariant_unknown_unchecked": observed("Nor can it be unknown.", func(o *subjectv1.Observation) {
			o.Unchecked = []*subjectv1.Unchecked{{Invariant: "drought", Reason: "dark"}}
		}, "unchecked[0].invariant"),
		"severity_other": observed("A severity is the definition's.", func(o *subjectv1.Observation) {
			o.Violations = []*subjectv1.Violation{{Invariant: "overfull", Entity: "main", Severity: "critical", Message: "full"}}
		}, "violations[0].severity"),
		"source_class": observed("A class that is none.", func(o *subjectv1.Observation) {
			o.Sources[0].Class = "\x1b[2Jfine"
		}, "sources[0].class"),
		"source_unknown": observed("A source that was not read.", func(o *subjectv1.Observation) {
			o.Unchecked = []*subjectv1.Unchecked{{Invariant: "overfull", Source: "rumour", Reason: "dark"}}
		}, "unchecked[0].source"),
		"time_future": observed("An observation is of what was.", func(o *subjectv1.Observation) {
			o.Time = timestamppb.New(time.Now().Add(time.Hour))
		}, "time"),
		"time_none":      observed("It has been made at some time.", func(o *subjectv1.Observation) { o.Time = nil }, "time"),
		"time_wild":      observed("A time that is none.", func(o *subjectv1.Observation) { o.Time = &timestamppb.Timestamp{Seconds: math.MaxInt64} }, "time"),
		"value_nan":      observed("No number is no measurement.", number(value, math.NaN()), "violations[0].value"),
		"value_infinite": observed("Nor is one without end.", number(value, math.Inf(-1)), "violations[0].value"),
		"threshold_nan":  observed("Nor can it be a bound.", number(threshold, math.NaN()), "violations[0].threshold"),
		"state_other":    observed("A state is as its schema has it.", state(`{"level":"high"}`), "state.level"),
		"state_lacking":  observed("All of it.", state(`{}`), "state.level"),
		"state_no_json":  observed("It is JSON.", state(`{"level":`), "state"),
		"state_none":     observed("It is there.", state(``), "state"),
		"state_deep": says("deeper than 64 levels", observed("It is not so deep that reading it takes the stack.", func(o *subjectv1.Observation) {
			o.State = bytes.Repeat([]byte("["), 1<<20)
		})),
		"state_deep_in": says("deeper than 64 levels", observed("Nor where its schema allows anything.", func(o *subjectv1.Observation) {
			o.State = []byte(`{"level":1,"x":` + strings.Repeat(`{"x":`, 1<<18) + "1" + strings.Repeat("}", 1<<18) + "}")
		})),
		"state_not_utf8": observed("It is text.", state("{\"level\":1,\"x\":\"\xff\"}"), "state"),
		"state_twice":    observed("A field has one value.", state(`{"level":1,"level":2}`), "state.level"),
		"violations_many": answered("A list is bounded.", protocol.ResourceExhausted,
			func() []byte { return field(1, bytes.Repeat([]byte{5<<3 | 2, 0}, 10_001)) }, "more than 10000 violations"),
		"violations_4m": loud(answered("Two bytes each on the wire, and a hundred and more in memory.", protocol.ResourceExhausted,
			func() []byte { return field(1, bytes.Repeat([]byte{5<<3 | 2, 0}, 4_000_000)) }, "larger than")),
		"violations_most": loud(answered("As many as a message has room for.", protocol.ResourceExhausted,
			func() []byte { return field(1, bytes.Repeat([]byte{5<<3 | 2, 0}, plugin.MaxMessageBytes/2-16)) }, "more than 10000 violations")),
		"observation_none": answered("An answer without an observation.", protocol.Internal,
			func() []byte { return nil }, "there is no observation"),
		"not_protobuf": answered("Bytes that are no message.", protocol.Internal,
			func() []byte { return []byte("\xff\xff\xff\xff tank") }, "is not protobuf"),
		"text_not_utf8": answered("A text that is none.", protocol.Internal,
			func() []byte { return field(1, field(3, []byte("tank\xff"))) }, "cannot be decoded"),
		"oversized": loud(answered("A message is bounded.", protocol.ResourceExhausted,
			func() []byte { return make([]byte, plugin.MaxMessageBytes+1) }, "larger than")),
		"oversized_far": loud(answered("However large it would be.", protocol.ResourceExhausted,
			func() []byte { return make([]byte, 512<<20) }, "larger than")),
		"nearly_oversized_junk": loud(answered("What is within the bound has to be right.", protocol.Internal,
			func() []byte { return field(1, field(7, make([]byte, plugin.MaxMessageBytes-1024))) }, "state")),
		"nearly_oversized": large("A state of one text.", func(o *subjectv1.Observation) {
			o.State = fmt.Appendf(nil, `{"level":1,"x":"%s"}`, strings.Repeat("x", plugin.MaxMessageBytes-1024))
		}),
		"nearly_oversized_fields": large("A state of many fields, each of which has to be told from the others.", func(o *subjectv1.Observation) {
			state := []byte(`{"level":1`)
			const fields = 99_000 // a document has 100,000 at most
			name := strings.Repeat("f", plugin.MaxMessageBytes/fields-16)
			for n := range fields {
				state = fmt.Appendf(state, `,"%s%d":""`, name, n)
			}
			o.State = append(state, '}')
		}),
		"nearly_oversized_violations": large("As many violations as there may be, of as much text as there may be.", func(o *subjectv1.Observation) {
			const size = plugin.MaxMessageBytes/verify.MaxViolations - 64
			o.Violations = nil
			for n := range verify.MaxViolations {
				entity := fmt.Sprintf("%d%s", n, strings.Repeat("e", size/2))
				o.Violations = append(o.Violations, &subjectv1.Violation{
					Invariant: "overfull", Entity: entity, Severity: "warning", Message: strings.Repeat("m", size/2),
				})
			}
		}),
	}
}

// large makes an observation that is as large as it may be, and right: what is
// within the bounds is data.
func large(reason string, change func(*subjectv1.Observation)) fault {
	f := observed(reason, change)
	return fault{reason: f.reason, plain: true, loud: true, run: f.run, at: nowhere}
}

func says(text string, f fault) fault {
	f.want = append(f.want, text)
	return f
}

func loud(f fault) fault {
	f.loud = true
	return f
}

// field is a field of bytes on the wire.
func field(number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), value)
}
