package verify_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/verify"
)

func TestObservation(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		change func(*protocol.Observation)
		want   []string
	}{
		"Good":       {"There is nothing wrong with it.", func(*protocol.Observation) {}, nil},
		"NoTime":     {"Without a time it was never made.", func(o *protocol.Observation) { o.Time = time.Time{} }, []string{"time: is not set"}},
		"OtherZone":  {"A zone is a way of writing.", func(o *protocol.Observation) { o.Time = now.In(time.FixedZone("", 7200)) }, nil},
		"ClockStep":  {"Clocks are set back.", func(o *protocol.Observation) { o.Time = now.Add(verify.MaxClockStep) }, nil},
		"Future":     {"But not so far.", func(o *protocol.Observation) { o.Time = now.Add(verify.MaxClockStep + 1) }, []string{"time: 2026-03-01T12:01:00Z is in the future: it is 2026-03-01T12:00:00Z"}},
		"LongAgo":    {"RFC 3339 has no such year.", func(o *protocol.Observation) { o.Time = time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC) }, []string{"time: is before the year 1"}},
		"NegTook":    {"Time passes one way.", func(o *protocol.Observation) { o.Duration = -1 }, []string{"duration: -1ns is negative"}},
		"LongTook":   {"Nobody has waited so long.", func(o *protocol.Observation) { o.Duration = verify.MaxDuration + 1 }, []string{"duration: 24h0m0.000000001s is more than 24h0m0s"}},
		"Summary":    {"JSON has UTF-8 only.", func(o *protocol.Observation) { o.Summary = "\xff" }, []string{"summary: is not valid UTF-8"}},
		"SourceName": {"A source is known by its name.", func(o *protocol.Observation) { o.Sources[0].Name = "" }, []string{"sources[0].name: is empty", `unchecked[1].source: "redis" is no source of the observation`}},
		"SourceTwice": {
			"And one of a name.", func(o *protocol.Observation) { o.Sources[1].Name = "redis"; o.Unchecked[2].Source = "" },
			[]string{`sources[1].name: "redis" is there twice`},
		},
		"SourceClass":   {"Classes are words of the contract.", func(o *protocol.Observation) { o.Sources[1].Class = "slow\x1b[31m" }, []string{`sources[1].class: "slow\x1b[31m" is no class of a source`}},
		"SourceSilent":  {"What went wrong is said.", func(o *protocol.Observation) { o.Sources[1].Message = "" }, []string{"sources[1].message: is empty, and the class is timeout"}},
		"SourceTalks":   {"Nothing went wrong.", func(o *protocol.Observation) { o.Sources[0].Message = "x" }, []string{"sources[0].message: is not empty, and the class is ok"}},
		"Latency":       {"Time passes one way.", func(o *protocol.Observation) { o.Sources[0].Latency = -time.Second }, []string{"sources[0].latency: -1s is negative"}},
		"Undeclared":    {"An invariant is declared.", func(o *protocol.Observation) { o.Violations[1].Invariant = "evil" }, []string{`violations[1].invariant: "evil" is no declared invariant`}},
		"Severity":      {"The severity is the invariant's.", func(o *protocol.Observation) { o.Violations[0].Severity = protocol.Info }, []string{`violations[0].severity: "info" is not that of node_down, which is critical`}},
		"NoEntity":      {"It is about a node.", func(o *protocol.Observation) { o.Violations[0].Entity = "" }, []string{`violations[0].entity: is empty, and node_down is about a "node"`, `unchecked[0].entity: "" of "node_down" is among the violations too`}},
		"Entity":        {"It is about everything.", func(o *protocol.Observation) { o.Unchecked[2].Entity = "x" }, []string{`unchecked[2].entity: "x" is not empty, and slow is about the system as a whole`}},
		"EntityUTF8":    {"JSON has UTF-8 only.", func(o *protocol.Observation) { o.Violations[0].Entity = "a\xff" }, []string{"violations[0].entity: is not valid UTF-8"}},
		"Twice":         {"It is broken once.", func(o *protocol.Observation) { o.Violations[1].Entity = "a" }, []string{`violations[1].entity: "a" is there twice for node_down`}},
		"BothVerdicts":  {"It is broken or unknown.", func(o *protocol.Observation) { o.Unchecked[1].Entity = "a" }, []string{`unchecked[1].entity: "a" of "node_down" is among the violations too`}},
		"NaN":           {"JSON has no such number.", func(o *protocol.Observation) { o.Violations[0].Value = new(math.NaN()) }, []string{"violations[0].value: NaN is not a finite number"}},
		"Inf":           {"Nor this.", func(o *protocol.Observation) { o.Violations[0].Threshold = new(math.Inf(-1)) }, []string{"violations[0].threshold: -Inf is not a finite number"}},
		"UncheckedName": {"An invariant is declared.", func(o *protocol.Observation) { o.Unchecked[0].Invariant = "" }, []string{`unchecked[0].invariant: "" is no declared invariant`}},
		"NoReason":      {"Why is said.", func(o *protocol.Observation) { o.Unchecked[0].Reason = "" }, []string{"unchecked[0].reason: is empty"}},
		"NoSuchSource":  {"A source is one of the observation's.", func(o *protocol.Observation) { o.Unchecked[2].Source = "x" }, []string{`unchecked[2].source: "x" is no source of the observation`}},
		"State":         {"Its schema says what it is.", func(o *protocol.Observation) { o.State = json.RawMessage(`{"nodes":[{"id":5}]}`) }, []string{"state.nodes[0].id: want string, got number"}},
		"NoState":       {"None is null.", func(o *protocol.Observation) { o.State = nil }, []string{"state: want object, got null"}},
		"StateAndMore":  {"One document.", func(o *protocol.Observation) { o.State = json.RawMessage(`{"nodes":[]} {}`) }, []string{"state: is not a JSON document"}},
		"Several": {
			"All of it is told.", func(o *protocol.Observation) { o.Duration = -1; o.State = json.RawMessage(`{}`) },
			[]string{"duration: -1ns is negative", "state.nodes: is required"},
		},
		"Many": {"But no more than can be read.", func(o *protocol.Observation) {
			for i := range 100 {
				o.Violations = append(o.Violations, protocol.Violation{Invariant: fmt.Sprint("x", i)})
			}
		}, func() (want []string) {
			for i := range 20 {
				want = append(want, fmt.Sprintf(`violations[%d].invariant: "x%d" is no declared invariant`, i+2, i))
			}
			return append(want, "and 80 more")
		}()},
		"Long": {
			"A text is cut where a character ends.", func(o *protocol.Observation) { o.Violations[0].Invariant = strings.Repeat("é", 100) + "x" },
			[]string{`violations[0].invariant: "` + strings.Repeat("é", 32) + `"... is no declared invariant`},
		},
		"ManySources": {
			"Lists are bounded.", func(o *protocol.Observation) { o.Sources = make([]protocol.Source, verify.MaxSources+1) },
			[]string{"sources: are 1001, and may be 1000 at most"},
		},
		"ManyViolations": {"Lists are bounded.", func(o *protocol.Observation) {
			o.Violations = make([]protocol.Violation, verify.MaxViolations+1)
		}, []string{"violations: are 10001, and may be 10000 at most"}},
		"ManyUnchecked": {
			"Lists are bounded.", func(o *protocol.Observation) { o.Unchecked = make([]protocol.Unchecked, verify.MaxUnchecked+1) },
			[]string{"unchecked: are 10001, and may be 10000 at most"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := observation()
			tc.change(&o)
			got := fields(t, checker(t, definition()).Observation(o, now), protocol.Internal)
			compare(t, tc.reason, tc.want, got)
		})
	}
}
