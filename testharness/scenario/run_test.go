package scenario_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// story is a scenario on the lamp, with observations in quick succession.
func story(steps ...scenario.Step) scenario.Scenario {
	return scenario.Scenario{
		Name: "story", Summary: "A story.", System: "lamp", Steps: steps,
		Interval: 50 * time.Millisecond, Timeout: time.Second,
	}
}

func out(light string) *stack.Spec {
	return &stack.Spec{Kind: "dark", With: []byte(`{"light":"` + light + `"}`)}
}

func marks(names ...string) []fault.Mark {
	var list []fault.Mark
	for _, name := range names {
		invariant, entity, _ := strings.Cut(name, " ")
		list = append(list, fault.Mark{Invariant: invariant, Entity: entity})
	}
	return list
}

// noRules judges nothing.
func noRules(record.Record) []scenario.Finding { return nil }

func play(t *testing.T, l *lamp, sc scenario.Scenario, change ...func(*scenario.Options)) scenario.Result {
	t.Helper()
	o := scenario.Options{Systems: []stack.System{l.system()}}
	for _, c := range change {
		c(&o)
	}
	result, err := scenario.Run(t.Context(), sc, o)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestARunThatPasses(t *testing.T) {
	for _, transport := range []scenario.Transport{scenario.InProcess, scenario.InMemory} {
		t.Run(string(transport), func(t *testing.T) {
			l := newLamp()
			sc := story(
				scenario.Step{Fault: out("left"), As: "first", Expect: &scenario.Expectation{
					Broken: marks("light_out left"), Held: marks("no_power"), For: 100 * time.Millisecond,
					Sources: map[string][]protocol.SourceClass{"eyes/*": {protocol.SourceOK}},
					State:   map[string]rawJSON{"/power": rawJSON("230")},
				}},
				scenario.Step{Fault: out("right"), As: "second"},
				scenario.Step{Heal: "first"},
				scenario.Step{Wait: 100 * time.Millisecond},
				scenario.Step{Heal: "all", Expect: &scenario.Expectation{Held: marks("*")}},
				scenario.Step{Load: []byte(`{"rate":5}`)},
			)
			sc.Config = []byte(`{"patience":3}`)
			result := play(t, l, sc, func(o *scenario.Options) { o.Transport = transport })
			if result.Verdict != scenario.Passed || len(result.Failures)+len(result.Findings) > 0 || result.Error != "" || result.Record.CutShort != "" {
				t.Fatalf("%s: %s, failures %v, findings %v", result.Verdict, result.Error, result.Failures, result.Findings)
			}
			want := []string{
				"start", "load ", `open {"lights":["left","right"],"patience":3}`,
				"inject left", "inject right", "heal left", "heal right", `load {"rate":5}`, "close the subject", "close",
			}
			if diff := cmp.Diff(want, l.history()); diff != "" {
				t.Error(diff)
			}
			if len(result.Faults) != 2 {
				t.Fatalf("%d faults", len(result.Faults))
			}
			for _, f := range result.Faults {
				if f.Detect == nil || f.Resolve == nil || f.Injected.IsZero() || f.Healed.IsZero() {
					t.Errorf("%+v", f)
				}
			}
			var phases []string
			for _, e := range result.Record.Events {
				if e.Fault != nil {
					phases = append(phases, e.Fault.Name+" "+string(e.Fault.Phase))
				}
			}
			if diff := cmp.Diff([]string{
				"dark left injecting", "dark left injected", "dark right injecting", "dark right injected",
				"dark left healing", "dark left healed", "dark right healing", "dark right healed",
				"dark left settled", "dark right settled",
			}, phases); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWhatAnActionLeavesUnknown: the entity of an action has to be seen anew,
// and the run does not wait for that. Of another entity it is a failure.
func TestWhatAnActionLeavesUnknown(t *testing.T) {
	for warming, want := range map[string]scenario.Verdict{"left": scenario.Passed, "right": scenario.Failed} {
		t.Run(warming, func(t *testing.T) {
			l := newLamp()
			sc := story(
				scenario.Step{Fault: out("left"), Expect: &scenario.Expectation{Broken: marks("light_out left")}},
				scenario.Step{Act: &scenario.Act{Action: "turn_on", Params: []byte(`{"light":"left"}`)}},
				scenario.Step{Heal: "all"},
			)
			l.observe = func(context.Context) error {
				if slices.Contains(l.history(), "act turn_on") {
					l.set(func(l *lamp) { l.warming = warming })
				}
				return nil
			}
			sc.After = &scenario.Expectation{Held: marks("*")} // as if nothing were said
			result := play(t, l, sc)
			if result.Verdict != want {
				t.Errorf("%s, want %s: %s, failures %v, findings %v", result.Verdict, want, result.Error, result.Failures, result.Findings)
			}
		})
	}
}

func TestExpectationsThatAreMissed(t *testing.T) {
	t.Parallel()
	soon := 300 * time.Millisecond
	cases := map[string]struct {
		reason string
		lamp   func(*lamp)
		steps  []scenario.Step
		never  []fault.Mark
		want   []string // in the only failure's message
	}{
		"Held": {
			reason: "The failure says which observation came closest and what it said instead",
			lamp:   func(l *lamp) { l.dull = true },
			steps: []scenario.Step{{Fault: out("left"), Expect: &scenario.Expectation{
				Within: soon, Broken: marks("light_out left"), Held: marks("no_power"),
			}}},
			want: []string{"came closest", `light_out of "left" was held, not broken`},
		},
		"Noticed": {
			reason: "Noticed is neither broken nor unknown where it is held",
			lamp:   func(l *lamp) { l.dull = true },
			steps:  []scenario.Step{{Fault: out("left"), Expect: &scenario.Expectation{Within: soon, Noticed: marks("light_out")}}},
			want:   []string{"light_out was held, not broken or unknown"},
		},
		"Entity": {
			reason: "A mark of one entity is not met by another",
			steps:  []scenario.Step{{Fault: out("left"), Expect: &scenario.Expectation{Within: soon, Broken: marks("light_out right")}}},
			want:   []string{`light_out of "right" was held, not broken`},
		},
		"UnknownIsNotBroken": {
			reason: "Unknown is a verdict of its own, and its reason is escaped",
			steps: []scenario.Step{
				{Fault: &stack.Spec{Kind: "unseen"}},
				{Check: true, Expect: &scenario.Expectation{Within: soon, Unknown: marks("no_power")}},
			},
			want: []string{"no_power was held, not unknown"},
		},
		"Sources": {
			reason: "A source has another class",
			steps: []scenario.Step{{Check: true, Expect: &scenario.Expectation{
				Within: soon, Sources: map[string][]protocol.SourceClass{"eyes/*": {protocol.SourceTimeout, protocol.SourceRefused}},
			}}},
			want: []string{"source eyes/left was ok, not timeout or refused"},
		},
		"NoSource": {
			reason: "There is no such source",
			steps: []scenario.Step{{Check: true, Expect: &scenario.Expectation{
				Within: soon, Sources: map[string][]protocol.SourceClass{"eyes/lift": {protocol.SourceOK}},
			}}},
			want: []string{"there was no source eyes/lift; did you mean eyes/left?"},
		},
		"State": {
			reason: "The state has another value",
			steps: []scenario.Step{{Check: true, Expect: &scenario.Expectation{
				Within: soon, State: map[string]rawJSON{"/lights/left": rawJSON(`"off"`)},
			}}},
			want: []string{`the state at "/lights/left" was "on", not "off"`},
		},
		"NoState": {
			reason: "The state has nothing there",
			steps: []scenario.Step{{Check: true, Expect: &scenario.Expectation{
				Within: soon, State: map[string]rawJSON{"/lights/0": rawJSON(`null`)},
			}}},
			want: []string{`the state at "/lights/0" had nothing, not null`},
		},
		"For": {
			reason: "What was seen once has to stay for as long as For says",
			lamp: func(l *lamp) {
				looks := 0
				l.observe = func(context.Context) error {
					if looks++; looks > 4 {
						return &protocol.Error{Code: protocol.Unavailable, Message: "gone"}
					}
					return nil
				}
			},
			steps: []scenario.Step{{Check: true, Expect: &scenario.Expectation{For: time.Second, Held: marks("no_power")}}},
			want:  []string{"had it, and observation", "no longer: no_power was unknown (no observation: gone), not held"},
		},
		"Action": {
			reason: "An action has another outcome",
			steps:  []scenario.Step{{Act: &scenario.Act{Action: "turn_on", Params: []byte(`{"light":"left"}`)}}},
			want:   []string{"the action was unchanged, where it was to be accepted"},
		},
		"NoError": {
			reason: "An action does not fail",
			steps:  []scenario.Step{{Act: &scenario.Act{Action: "turn_on", Params: []byte(`{"light":"left"}`), Error: protocol.Unavailable}}},
			want:   []string{"the action was unchanged, where the error Unavailable was expected"},
		},
		"OtherEffect": {
			reason: "An action fails with another effect",
			steps: []scenario.Step{{Act: &scenario.Act{
				Action: "turn_off", Params: []byte(`{}`), Error: protocol.InvalidArgument, Effect: protocol.EffectUnknown,
			}}},
			want: []string{"the effect is not_applied, where unknown was expected"},
		},
		"Never": {
			reason: "What must not be broken was, and that a fault explains it is no excuse",
			steps:  []scenario.Step{{Fault: out("left"), Expect: &scenario.Expectation{Broken: marks("light_out")}}},
			never:  marks("light_out"),
			want:   []string{`has it:  (light_out of "left": left is off)`},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLamp()
			if tc.lamp != nil {
				tc.lamp(l)
			}
			sc := story(tc.steps...)
			sc.Never = tc.never
			if name == "For" { // it stays as it is, so nothing is expected of the end
				sc.After = &scenario.Expectation{Unknown: marks("*")}
			}
			result := play(t, l, sc, func(o *scenario.Options) { o.Check = noRules })
			if result.Verdict != scenario.Failed || len(result.Failures) != 1 || result.Error != "" {
				t.Fatalf("%s: %s is %s (%s), with %+v", tc.reason, name, result.Verdict, result.Error, result.Failures)
			}
			for _, want := range tc.want {
				if got := result.Failures[0].Message; !strings.Contains(got, want) {
					t.Errorf("%s: the message is %q, want %q in it", tc.reason, got, want)
				}
			}
		})
	}
}

// TestAnInterruptIsNoFinding: who ends a run in the middle learns nothing of it by
// the standing rules that it would not have shown to the end.
func TestAnInterruptIsNoFinding(t *testing.T) {
	t.Parallel()
	l := newLamp()
	sc := story(scenario.Step{Fault: out("left"), Expect: &scenario.Expectation{Broken: marks("light_out left")}}, scenario.Step{Wait: time.Hour})
	sc.Interval = 300 * time.Millisecond // so that nobody looks between the healing and the end
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	result, err := scenario.Run(ctx, sc, scenario.Options{
		Systems: []stack.System{l.system()},
		Progress: func(p scenario.Progress) {
			if p.Event.Step != nil && p.Event.Step.Number == 2 {
				cancel(errors.New("interrupt signal received"))
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if result.Record.CutShort != record.Interrupted || !strings.Contains(result.Error, "the run was interrupted") {
		t.Errorf("cut short: %q, %s", result.Record.CutShort, result.Error)
	}
	if len(result.Findings)+len(result.Failures) > 0 {
		t.Errorf("findings %v, failures %v", result.Findings, result.Failures)
	}
}

func TestEverythingIsHealedAndClosed(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		lamp   func(*lamp)
		steps  []scenario.Step
		bound  time.Duration
		cancel bool
		err    string
		cut    record.Cut
		did    []string
	}{
		"Panic": {
			reason: "A fault that panics is an error, and healed",
			steps:  []scenario.Step{{Fault: out("right")}, {Fault: &stack.Spec{Kind: "panics"}}, {Load: []byte("false")}},
			err:    "step 2: fault panics: it panicked: the switch broke",
			cut:    record.Broken,
			did:    []string{"inject right", "inject left", "heal left", "heal right", "close the subject", "close"},
		},
		"Failure": {
			reason: "A fault that cannot be injected completely is healed",
			steps:  []scenario.Step{{Fault: &stack.Spec{Kind: "fails"}}},
			err:    "step 1: fault fails: the switch is stuck",
			cut:    record.Broken,
			did:    []string{"inject left", "heal left", "close the subject", "close"},
		},
		"Unavailable": {
			reason: "A fault that is not available here is never injected",
			steps:  []scenario.Step{{Fault: &stack.Spec{Kind: "missing"}}},
			err:    "step 1: fault missing: not available here: there is no switch",
			cut:    record.Broken,
			did:    []string{"close the subject", "close"},
		},
		"Cancel": {
			reason: "Who is interrupted heals",
			steps:  []scenario.Step{{Fault: out("left")}, {Wait: time.Hour}},
			cancel: true,
			err:    "step 2: the run was interrupted",
			cut:    record.Interrupted,
			did:    []string{"inject left", "heal left", "close the subject", "close"},
		},
		"Bound": {
			reason: "A run that takes too long ends, and heals",
			steps:  []scenario.Step{{Fault: out("left")}, {Wait: time.Hour}},
			bound:  2 * time.Second,
			err:    "step 2: the run took longer than its bound of 2s",
			cut:    record.OutOfTime,
			did:    []string{"inject left", "heal left", "close the subject", "close"},
		},
		"SubjectPanics": {
			reason: "A subject that panics ends the run",
			lamp: func(l *lamp) {
				looks := 0
				l.observe = func(context.Context) error {
					if looks++; looks > 5 {
						panic("no eyes")
					}
					return nil
				}
			},
			steps: []scenario.Step{{Fault: out("left")}, {Wait: time.Hour}},
			err:   "it panicked: no eyes",
			cut:   record.Broken,
			did:   []string{"inject left", "heal left", "close the subject", "close"},
		},
		"NoStart": {
			reason: "A system that does not start leaves nothing to be done",
			lamp:   func(l *lamp) { l.startup = errors.New("no room") },
			steps:  []scenario.Step{{Fault: out("left")}},
			err:    "start lamp: no room",
			cut:    record.Broken,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLamp()
			if tc.lamp != nil {
				tc.lamp(l)
			}
			sc := story(tc.steps...)
			sc.Bound = tc.bound
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			result, err := scenario.Run(ctx, sc, scenario.Options{
				Systems: []stack.System{l.system()}, Check: noRules,
				Progress: func(p scenario.Progress) {
					if tc.cancel && p.Event.Step != nil && p.Event.Step.Number == 2 {
						cancel()
					}
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			if result.Verdict != scenario.Errored || !strings.Contains(result.Error, tc.err) {
				t.Errorf("%s: %s: %q, want %q in it", tc.reason, result.Verdict, result.Error, tc.err)
			}
			if result.Record.CutShort != tc.cut {
				t.Errorf("%s: cut short: %q, want %q", tc.reason, result.Record.CutShort, tc.cut)
			}
			did := l.history()
			if i := slices.IndexFunc(did, func(s string) bool { return strings.HasPrefix(s, "open") }); i >= 0 {
				did = did[i+1:]
			} else {
				did = nil
			}
			if diff := cmp.Diff(tc.did, did); diff != "" {
				t.Errorf("%s: %s", tc.reason, diff)
			}
			if len(l.dark) > 0 {
				t.Errorf("%s: %v are off", tc.reason, l.dark)
			}
		})
	}
}
