package report

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// after is a moment of the runs, in milliseconds since they began.
func after(ms int) time.Time { return noon.Add(time.Duration(ms) * time.Millisecond) }

// hostile is what a key can be: it closes every quote and tag, colours a
// terminal, turns text around, and has what neither XML nor UTF-8 can hold.
const hostile = "a\"'><script>alert(1)</script></title></svg>]]>&amp;{{.}}\x00\x1b[31m\u202e\ufffe\xff\r\n\u2028end"

func observed(number, ms int, err *protocol.Error, broken, unknown []fault.Mark) record.Event {
	o := protocol.Observation{Time: after(ms - 10), Summary: "looked"}
	for _, m := range broken {
		o.Violations = append(o.Violations, protocol.Violation{Invariant: m.Invariant, Entity: m.Entity, Message: "broken " + m.Entity})
	}
	for _, m := range unknown {
		o.Unchecked = append(o.Unchecked, protocol.Unchecked{Invariant: m.Invariant, Entity: m.Entity, Reason: "not read"})
	}
	if err != nil {
		o = protocol.Observation{}
	}
	return record.Event{At: after(ms), Observation: &record.Observation{Number: number, Began: after(ms - 10), Ended: after(ms), Observation: o, Err: err}}
}

func faulted(id, ms int, name string, phase record.Phase) record.Event {
	return record.Event{At: after(ms), Fault: &record.Fault{ID: id, Name: name, Phase: phase}}
}

// hungRecord is of a Redis that hangs for three seconds, and says each kind of
// thing that a record can hold.
func hungRecord() record.Record {
	down := []fault.Mark{{Invariant: "redis_disconnected"}}
	lost := []fault.Mark{{Invariant: "over_limit"}, {Invariant: "counter_drift", Entity: hostile}}
	return record.Record{
		Begin: noon, End: after(10_000), Interval: 500 * time.Millisecond, Timeout: 5 * time.Second,
		Invariants: []protocol.Invariant{{Name: "redis_disconnected"}, {Name: "over_limit"}, {Name: "counter_drift"}, {Name: "node_down"}},
		Events: []record.Event{
			{At: after(1800), Step: &record.Step{Number: 0, What: "everything is held"}},
			observed(1, 2000, nil, nil, nil),
			observed(2, 2500, nil, nil, nil),
			{At: after(2600), Step: &record.Step{Number: 1, What: "fault: hang redis"}},
			faulted(1, 2600, "hang redis", record.Injecting),
			faulted(1, 2700, "hang redis", record.Injected),
			faulted(2, 2900, "slow prometheus", record.Injecting),
			faulted(2, 2950, "slow prometheus", record.Injected),
			observed(3, 4200, nil, down, lost),
			observed(4, 4700, nil, down, lost),
			{At: after(4800), Act: &record.Act{Action: protocol.Action{Name: "reset_counter"}, Err: &protocol.Error{Code: protocol.Unavailable, Message: "Redis does not answer for " + hostile}}},
			{At: after(4900), Act: &record.Act{Action: protocol.Action{Name: "reset_counter"}, Outcome: protocol.Outcome{Status: protocol.OutcomeAccepted}}},
			observed(5, 5200, &protocol.Error{Code: protocol.Unavailable, Message: "the plugin is gone"}, nil, nil),
			faulted(2, 5300, "slow prometheus", record.Healed),
			faulted(1, 5600, "hang redis", record.Healing),
			faulted(1, 5700, "hang redis", record.Healed),
			{At: after(5750), Health: &record.Health{Err: "node-1 is not registered"}},
			observed(6, 6000, nil, nil, lost[:1]),
			faulted(1, 6100, "hang redis", record.Settled),
			faulted(2, 6100, "slow prometheus", record.Settled),
			{At: after(6150), Health: &record.Health{}},
			observed(7, 6500, nil, nil, nil),
			{At: after(6600), Usage: &record.Usage{Part: "runner"}},
			{At: after(6700), Host: &record.Host{Event: json.RawMessage(`{"type":"firing"}`)}},
			{At: after(8000), Step: &record.Step{Number: 3, What: "everything is held", Failed: "over_limit was unknown"}},
		},
	}
}

func milli(n int) *time.Duration { return new(time.Duration(n) * time.Millisecond) }

// hung is a passed run of it.
func hung(repeat, detect, resolve int) Run {
	return Run{
		Result: scenario.Result{
			Scenario: "redis_hung", Summary: "Redis takes connections and answers nobody.", Row: "process: hang Redis",
			System: "ratelimiter", Transport: scenario.Binary, Seed: 18446744073709551615, Repeat: repeat, Verdict: scenario.Passed,
			Faults: []scenario.FaultTimes{
				{ID: 1, Name: "hang redis", Injected: after(2700), Healed: after(5700), Detect: milli(detect), Resolve: milli(resolve)},
				{ID: 2, Name: "slow prometheus", Injected: after(2950), Healed: after(5300)},
			},
			Began: noon, Took: 10 * time.Second, Record: hungRecord(),
		},
		Replay: "operator scenario run builtin:ratelimiter/redis_hung.yaml --transport binary --seed 18446744073709551615",
	}
}

func failed() Run {
	r := hung(3, 4100, 9000)
	r.Verdict = scenario.Failed
	r.Failures = []scenario.Failure{{Step: 3, What: "everything is held", Message: "over_limit of " + hostile + " is broken\nin every observation"}}
	r.Findings = []scenario.Finding{
		{Rule: "no_false_alarms", At: after(6000), Message: "node_down of " + hostile + " was reported, which no fault explains"},
		{Rule: "nothing_grows", Message: strings.Repeat("x", 3*maxMessage)},
	}
	r.Evidence = "/tmp/evidence/redis_hung-binary-3"
	return r
}

// sample has a run of each verdict, repeats, and hostile text wherever text can
// come from outside.
func sample() Report {
	errored := Run{Result: scenario.Result{
		Scenario: "store_killed", Row: "process: kill a store", System: "tikv", Transport: scenario.InProcess, Seed: 7, Repeat: 1,
		Verdict: scenario.Errored, Error: "start the system: " + hostile, Began: after(10_000), Took: 300 * time.Millisecond,
		Record: record.Record{Begin: after(10_000), End: after(10_300)},
	}}
	named := hung(1, 0, 0)
	named.Scenario, named.Row, named.Summary, named.Faults = "keys_"+hostile, hostile, hostile, nil
	named.Record.Invariants[0].Name = hostile
	for i := range named.Record.Events {
		if f := named.Record.Events[i].Fault; f != nil {
			f.Name = hostile
		}
	}
	return Report{
		Version: "1.2.3", Began: noon, Took: 95 * time.Second, NotRun: 2,
		Runs: []Run{hung(1, 1500, 29), hung(2, 1700, 31), failed(), named, errored},
	}
}
