package scenario_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func lamps() []stack.System { return []stack.System{newLamp().system()} }

const everything = `
scenario: everything
summary: "All that there is: \e[31m\u202e"
row: "lights: all"
system: lamp
topology: {lights: 3}
load: false
config: {lights: [left], patience: null}
interval: 250ms
timeout: 1s
transports: [in_process, binary]
host: true
bound: 90s
steps:
  - fault: {kind: dark, with: {light: left, text: {$repeat: "ab", times: 500}}}
    as: first
    expect:
      within: 5s
      for: 2s
      broken: [{invariant: light_out, entity: {$repeat: "x", times: 300}}]
      unknown: no_power
      noticed: [light_out]
      sources: {eyes/left: timeout, "eyes/*": [ok, timeout]}
      state: {/power: 230.0, "": null}
      host: [{type: firing, invariant: light_out, entity: 7}]
  - act: {action: turn_on, params: {light: "\0"}, dry_run: true}
  - act: {action: turn_off, error: InvalidArgument, effect: not_applied}
  - load: {rate: 2.50}
  - load: null
  - wait: 1m30s
  - heal: first
    expect: {held: "*"}
  - fault: {kind: cut, on: operator->*}
  - heal: all
  - expect: {held: [no_power]}
allow: [light_out]
never: [no_power]
after: {held: [no_power]}
`

func TestParse(t *testing.T) {
	sc, err := scenario.Parse("everything.yaml", []byte(everything), lamps())
	if err != nil {
		t.Fatal(err)
	}
	want := scenario.Scenario{
		Name: "everything", Summary: "All that there is: \x1b[31m\u202e", Row: "lights: all", System: "lamp",
		Topology: rawJSON(`{"lights":3}`), Load: rawJSON(`false`), Config: rawJSON(`{"lights":["left"],"patience":null}`),
		Interval: 250 * time.Millisecond, Timeout: time.Second, Bound: 90 * time.Second,
		Transports: []scenario.Transport{scenario.InProcess, scenario.Binary}, Host: true,
		Steps: []scenario.Step{
			{
				Fault: &stack.Spec{Kind: "dark", With: rawJSON(`{"light":"left","text":"` + strings.Repeat("ab", 500) + `"}`)}, As: "first",
				Expect: &scenario.Expectation{
					Within: 5 * time.Second, For: 2 * time.Second,
					Broken: marks("light_out " + strings.Repeat("x", 300)), Unknown: marks("no_power"), Noticed: marks("light_out"),
					Sources: map[string][]protocol.SourceClass{
						"eyes/left": {protocol.SourceTimeout}, "eyes/*": {protocol.SourceOK, protocol.SourceTimeout},
					},
					State: map[string]rawJSON{"/power": rawJSON(`230.0`), "": rawJSON(`null`)},
					Host:  []scenario.HostEvent{{Type: "firing", Invariant: "light_out", Entity: "7"}},
				},
			},
			{Act: &scenario.Act{Action: "turn_on", Params: rawJSON(`{"light":"\u0000"}`), DryRun: true}},
			{Act: &scenario.Act{Action: "turn_off", Error: protocol.InvalidArgument, Effect: protocol.EffectNone}},
			{Load: rawJSON(`{"rate":2.50}`)},
			{Load: rawJSON(`null`)},
			{Wait: 90 * time.Second},
			{Heal: "first", Expect: &scenario.Expectation{Held: marks("*")}},
			{Fault: &stack.Spec{Kind: "cut", On: "operator->*"}},
			{Heal: "all"},
			{Check: true, Expect: &scenario.Expectation{Held: marks("no_power")}},
		},
		Allow: marks("light_out"), Never: marks("no_power"), After: &scenario.Expectation{Held: marks("no_power")},
	}
	if diff := cmp.Diff(want, sc); diff != "" {
		t.Error(diff)
	}

	text, err := scenario.Marshal(sc)
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(string(text), "\x1b\u202e") || len(text) > 2000 {
		t.Errorf("it is written as %q", text)
	}
	again, err := scenario.Parse("again.yaml", text, lamps())
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if diff := cmp.Diff(sc, again); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefuses(t *testing.T) {
	const head = "scenario: a\nsummary: b\nsystem: lamp\n"
	cases := map[string]struct {
		reason string
		text   string
		want   []string
	}{
		"Nothing": {
			reason: "An empty file is no scenario",
			text:   "",
			want:   []string{"t.yaml: is empty: it must hold a scenario"},
		},
		"NotYAML": {
			reason: "Where the YAML ends to be YAML is said",
			text:   "scenario: [",
			want:   []string{"t.yaml:2:1: not YAML: did not find expected node content"},
		},
		"Several": {
			reason: "A file holds one scenario",
			text:   head + "steps: [{wait: 1s}]\n---\na: b\n",
			want:   []string{"t.yaml:5:1: a second YAML document begins here: a file holds one scenario"},
		},
		"Unknown": {
			reason: "Unknown fields are refused at every depth, with a suggestion where there is one",
			text:   head + "step: []\nsteps:\n  - fualt: {kind: unseen}\n  - wait: 1s\n    expect: {brokn: [no_power], held: [no_power]}\n",
			want: []string{
				"t.yaml:4:1: step: unknown field; did you mean steps?; want one of scenario, summary, row, system, topology, load, config, interval, timeout, transports, host, bound, steps, allow, never, after",
				"t.yaml:6:5: steps[0].fualt: unknown field; did you mean fault?; want one of fault, as, heal, act, load, wait, expect",
				"t.yaml:8:14: steps[1].expect.brokn: unknown field; did you mean broken?; want one of within, for, broken, unknown, held, noticed, sources, state, host",
			},
		},
		"Misspelt": {
			reason: "A field that is written wrongly is not missing, too",
			text:   head + "steps:\n  - fault: {knd: kill}\n  - act: {actoin: turn_on}\n  - fault: {}\n",
			want: []string{
				"t.yaml:5:13: steps[0].fault.knd: unknown field; did you mean kind?; want one of kind, on, with",
				"t.yaml:6:11: steps[1].act.actoin: unknown field; did you mean action?; want one of action, params, dry_run, outcome, error, effect",
				"t.yaml:7:5: steps[2].fault.kind: is missing; want one of dark, panics, fails, missing, unseen, kill, cut",
			},
		},
		"Missing": {
			reason: "What has to be there is named, all of it at once",
			text:   "row: x\n",
			want: []string{
				"t.yaml:1:1: scenario: is missing: it must say what the scenario is called",
				"t.yaml:1:1: summary: is missing: it must say in one line what the scenario shows",
				"t.yaml:1:1: steps: is missing: something must happen, be it that time passes: - wait: 5s",
				"t.yaml:1:1: system: is missing; want one of lamp",
			},
		},
		"System": {
			reason: "A system that does not exist is suggested",
			text:   "scenario: a\nsummary: b\nsystem: lmap\nsteps: [{wait: 1s}]\n",
			want:   []string{`t.yaml:3:1: system: there is no system "lmap"; did you mean lamp?; want one of lamp`},
		},
		"Types": {
			reason: "What has the wrong shape says what it should be, and nothing that follows from it",
			text:   "scenario: 7\nsummary: [b]\nsystem: lamp\ninterval: 5\ntimeout: soon\nhost: yes please\nsteps: {}\n",
			want: []string{
				"t.yaml:1:1: scenario: want a text, not 7",
				"t.yaml:2:1: summary: want a text, not a list",
				"t.yaml:4:1: interval: want a duration such as 500ms, 5s or 1m30s, not 5",
				`t.yaml:5:1: timeout: want a duration such as 500ms, 5s or 1m30s, not "soon"`,
				`t.yaml:6:1: host: want true or false, not "yes please"`,
				"t.yaml:7:1: steps: want a list of steps, not a mapping",
			},
		},
		"Bounds": {
			reason: "Times have bounds",
			text:   head + "interval: 1ms\nbound: 48h\nsteps:\n  - wait: -1s\n",
			want: []string{
				"t.yaml:4:1: interval: want 50ms to 1m0s, not 1ms",
				"t.yaml:5:1: bound: want 1s to 24h0m0s, not 48h0m0s",
				"t.yaml:7:5: steps[0].wait: want a time of more than nothing and at most 24h0m0s",
			},
		},
		"Schemas": {
			reason: "What the system and the subject have schemas for is checked by them",
			text: head + "topology: {light: 3}\nload: true\nconfig: {lights: left, patiense: 1}\nsteps:\n" +
				"  - fault: {kind: dark, with: {lihgt: left}}\n  - load: {rate: many}\n  - act: {action: turn_on, params: {light: 5}}\n",
			want: []string{
				"t.yaml:4:12: topology.light: there is no such field; did you mean lights?",
				"t.yaml:5:1: load: fits none of the alternatives: want false, or want object, got boolean",
				"t.yaml:6:10: config.lights: want array, got string",
				"t.yaml:6:24: config.patiense: there is no such field; did you mean patience?",
				"t.yaml:8:25: steps[0].fault.with.light: is required",
				"t.yaml:8:32: steps[0].fault.with.lihgt: there is no such field; did you mean light?",
				"t.yaml:9:5: steps[1].load: fits none of the alternatives: want false, or rate: want number, got string",
				"t.yaml:10:37: steps[2].act.params.light: want string, got number",
			},
		},
		"Names": {
			reason: "Names of kinds, actions, invariants, classes, transports, codes and events are looked up",
			text: head + "transports: [in-process]\nsteps:\n  - fault: {kind: drak}\n  - act: {action: turn_onn, outcome: acepted}\n" +
				"  - expect: {broken: [light_uot], sources: {eyes/left: timeuot}, state: {power: 1}}\n",
			want: []string{
				`t.yaml:4:14: transports[0]: there is no transport "in-process"; did you mean in_process?; want one of in_process, in_memory, binary`,
				`t.yaml:6:13: steps[0].fault.kind: there is no kind of fault "drak"; did you mean dark?; want one of dark, panics, fails, missing, unseen, kill, cut`,
				`t.yaml:7:11: steps[1].act.action: there is no action "turn_onn"; did you mean turn_on?; want one of turn_on`,
				`t.yaml:7:29: steps[1].act.outcome: there is no outcome "acepted"; did you mean accepted?; want one of accepted, unchanged, planned`,
				`t.yaml:8:23: steps[2].expect.broken[0]: lamp has no invariant "light_uot"; did you mean light_out?; it has light_out, no_power`,
				`t.yaml:8:45: steps[2].expect.sources."eyes/left"[0]: there is no class of a source "timeuot"; did you mean timeout?; want one of ok, unreachable, timeout, deadline, refused, failing, malformed, partial, skipped, not_configured`,
				`t.yaml:8:74: steps[2].expect.state.power: is no JSON pointer: want /name, /list/0/name`,
			},
		},
		"Steps": {
			reason: "A step does one thing, to something that is there",
			text: head + "steps:\n  - wait: 1s\n    heal: all\n  - heal: drak\n  - fault: {kind: unseen}\n  - fault: {kind: unseen}\n" +
				"  - fault: {kind: kill, on: plugin}\n  - fault: {kind: kill, on: host}\n    as: b\n  - fault: {kind: cut, on: redis}\n  - fault: {kind: dark, on: left, with: {light: a}}\n" +
				"  - wait: 1s\n    expect: {within: 1s}\n  - wait: 1s\n    as: x\n",
			want: []string{
				"t.yaml:5:5: steps[0]: does several things at once, heal and wait: want a step for each",
				`t.yaml:7:5: steps[1].heal: no fault "drak" was injected before`,
				`t.yaml:9:5: steps[3].as: there is a fault "unseen" already, which was not healed: want another name`,
				"t.yaml:10:25: steps[4].fault.on: the plugin is a process over one transport only: want transports: [binary]",
				"t.yaml:11:25: steps[5].fault.on: there is no host: want host: true",
				"t.yaml:13:24: steps[6].fault.on: cut is done to a link: want FROM->TO, such as operator->redis, where either may be *, or several with commas between",
				"t.yaml:14:25: steps[7].fault.on: dark is not done to anything that can be named here",
				"t.yaml:16:5: steps[8].expect: expects nothing: want broken, unknown, held, noticed, sources, state or host",
				"t.yaml:18:5: steps[9].as: names a fault, and the step injects none",
			},
		},
		"Marks": {
			reason: "A mark is about something that there is",
			text:   head + "steps:\n  - expect: {broken: ['*'], held: [{invariant: '*', entity: a}, {invariant: no_power, entity: a}], host: [{type: fired}]}\n",
			want: []string{
				"t.yaml:5:23: steps[0].expect.broken[0]: * has no meaning here: want the name of an invariant",
				"t.yaml:5:53: steps[0].expect.held[0].entity: * is about everything: want the name of an invariant, or no entity",
				"t.yaml:5:65: steps[0].expect.held[1]: no_power is about the system as a whole: it has no entities",
				"t.yaml:5:100: steps[0].expect.host: there is no host: want host: true",
				`t.yaml:5:108: steps[0].expect.host[0].type: there is no type of event "fired"; want one of observation, pending, firing, resolved, cleared, unknown, known, observation_failed, observation_recovered, down, stays_down, restarted, swapped, swap_refused`,
			},
		},
		"Repeat": {
			reason: "A text that repeats another has bounds, and no other fields",
			text:   head + "row: {$repeat: a, times: 99999999999}\nsteps:\n  - act: {action: turn_on, params: {light: {$repeat: 3, times: 2}}}\n",
			want: []string{
				"t.yaml:4:19: row.times: too large or too deep, aliases and $repeat included: at most 100000 values, 16777216 bytes of text and 50 levels",
			},
		},
		"Twice": {
			reason: "A key is there once, and nothing is merged",
			text:   head + "row: a\nrow: b\nsteps:\n  - <<: {wait: 1s}\n    wait: 1s\n",
			want: []string{
				"t.yaml:5:1: row: is here twice; it is already in line 4",
				"t.yaml:7:5: steps[0]: << has no meaning here; an alias, *name, has",
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := scenario.Parse("t.yaml", []byte(tc.text), lamps())
			e, ok := errors.AsType[*scenario.Error](err)
			if !ok {
				t.Fatalf("%s: the error is %v", tc.reason, err)
			}
			var got []string
			for _, p := range e.Problems {
				got = append(got, p.String())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: %s", tc.reason, diff)
			}
		})
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	one := func(name string) string {
		return "scenario: " + name + "\nsummary: s\nsystem: lamp\nsteps: [{wait: 1s}]\n"
	}
	write("b.yaml", one("b"))
	write("sub/a.yml", one("a"))
	write("README.md", "no scenario")
	got, err := scenario.Read(lamps(), dir, filepath.Join(dir, "b.yaml"))
	if err != nil || len(got) != 2 || got[0].Name != "b" || got[1].Name != "a" {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, name := range []string{"b.yaml", filepath.Join("sub", "a.yml")} {
		if want := filepath.Join(dir, name); got[i].File != want {
			t.Errorf("it is from %s, want %s", got[i].File, want)
		}
	}
	if got, err := scenario.ReadFS(lamps(), os.DirFS(dir)); err != nil || len(got) != 2 || got[0].File != "" {
		t.Errorf("%+v, %v", got, err)
	}

	write("c.yaml", one("a"))
	write("d.yaml", "scenario: D\n")
	_, err = scenario.Read(lamps(), dir)
	for _, want := range []string{"there is a scenario a already, in " + filepath.Join(dir, "c.yaml"), `"D" is not a name`, "steps: is missing"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q in it", err, want)
		}
	}
	if _, err := scenario.Read(lamps(), filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that is not there is read")
	}
	if _, err := scenario.Read(lamps(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "there is no .yaml file in") {
		t.Errorf("of an empty folder it says %v", err)
	}
}
