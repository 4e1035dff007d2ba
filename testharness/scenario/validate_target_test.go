package scenario_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// wired is a lamp of which it is known what it is made of.
func wired() stack.System {
	s := newLamp().system()
	s.Kinds = []stack.Kind{
		{Name: "kill", On: stack.OnPart},
		{Name: "blow", On: stack.OnPart},
		{Name: "cut", On: stack.OnLink},
		{Name: "lie", On: stack.OnHTTPLink},
		{Name: "trip"},
	}
	s.Layout = func(topology json.RawMessage) (stack.Layout, error) {
		if strings.Contains(string(topology), "7") {
			return stack.Layout{}, errors.New("topology: lights: seven are too many")
		}
		return stack.Layout{
			Parts:   []string{"switch", "fuse-1", "fuse-2"},
			Links:   []stack.LayoutLink{{From: "operator", To: "switch", HTTP: true}, {From: "switch", To: "fuse-1"}, {From: "switch", To: "fuse-2"}},
			Missing: map[string]string{"trip": "it takes a third wire"},
			Only:    map[string][]string{"blow": {"fuse-1", "fuse-2"}},
		}, nil
	}
	return s
}

// TestWhatTheTopologyDoesNotHave: a scenario that hurts what is not there is
// refused before anything is started.
func TestWhatTheTopologyDoesNotHave(t *testing.T) {
	cases := map[string]struct {
		reason string
		head   string
		fault  string
		want   string // "" is nothing
	}{
		"Part":        {reason: "There is one.", fault: "{kind: kill, on: switch}"},
		"Parts":       {reason: "There are all of them.", fault: "{kind: kill, on: 'fuse-1, switch'}"},
		"NoPart":      {reason: "It is written wrongly.", fault: "{kind: kill, on: swich}", want: `steps[0].fault.on: there is no part "swich"; did you mean switch?; want one of switch, fuse-1, fuse-2`},
		"NoPartOfTwo": {reason: "Each has to be there.", fault: "{kind: kill, on: 'switch,fuse-3'}", want: `steps[0].fault.on: there is no part "fuse-3"; did you mean fuse-1?; want one of switch, fuse-1, fuse-2`},
		"Twice":       {reason: "Nobody dies twice.", fault: "{kind: kill, on: 'switch, switch'}", want: `steps[0].fault.on: "switch" is named twice`},
		"Plugin":      {reason: "The runner's part is one where it is a process.", head: "transports: [binary]\n", fault: "{kind: kill, on: plugin}"},
		"NearPlugin": {
			reason: "It can be meant there.", head: "transports: [binary]\nhost: true\n", fault: "{kind: kill, on: plugn}",
			want: `steps[0].fault.on: there is no part "plugn"; did you mean plugin?; want one of switch, fuse-1, fuse-2, plugin, host`,
		},
		"Only":     {reason: "A fuse can be blown.", fault: "{kind: blow, on: fuse-2}"},
		"NotOnly":  {reason: "A switch cannot.", fault: "{kind: blow, on: switch}", want: `steps[0].fault.on: there is no part to which blow is done "switch"; want one of fuse-1, fuse-2`},
		"OnlyList": {reason: "Nor can two at once.", fault: "{kind: blow, on: 'fuse-1,fuse-2'}", want: `steps[0].fault.on: there is no part to which blow is done "fuse-1,fuse-2"; want one of fuse-1, fuse-2`},
		"Link":     {reason: "There is one.", fault: "{kind: cut, on: switch->fuse-1}"},
		"Links":    {reason: "There are some.", fault: "{kind: cut, on: 'operator->*, *->fuse-*'}"},
		"NoLink":   {reason: "It goes the other way.", fault: "{kind: cut, on: 'operator->*, fuse-1->switch'}", want: `steps[0].fault.on: there is no link "fuse-1->switch"; want one of operator->switch, switch->fuse-1, switch->fuse-2`},
		"NearLink": {reason: "It is written wrongly.", fault: "{kind: cut, on: operater->switch}", want: `steps[0].fault.on: there is no link "operater->switch"; did you mean operator->switch?; want one of operator->switch, switch->fuse-1, switch->fuse-2`},
		"HTTP":     {reason: "It carries HTTP.", fault: "{kind: lie, on: '*->*'}"},
		"NoHTTP":   {reason: "It does not.", fault: "{kind: lie, on: switch->*}", want: `steps[0].fault.on: there is no link that carries HTTP "switch->*"; want one of operator->switch`},
		"Missing":  {reason: "Such a system has none.", fault: "{kind: trip}", want: "steps[0].fault.kind: trip cannot be had in this topology: it takes a third wire"},
		"Topology": {
			reason: "A topology that makes no sense is said, and nothing of what would be there.",
			head:   "topology: {lights: 7}\n", fault: "{kind: kill, on: lamp-7}", want: "topology: lights: seven are too many",
		},
		"BadTopology": {
			reason: "Neither is it asked for what is wrong already.",
			head:   "topology: {lihgts: 7}\n", fault: "{kind: kill, on: lamp-7}", want: `topology.lihgts: there is no such field; did you mean lights?`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			text := "scenario: a\nsummary: b\nsystem: lamp\n" + tc.head + "steps:\n  - fault: " + tc.fault + "\n"
			_, err := scenario.Parse("t.yaml", []byte(text), []stack.System{wired()})
			var got []string
			if e, ok := errors.AsType[*scenario.Error](err); ok {
				for _, p := range e.Problems {
					if p.File != "t.yaml" || p.Line == 0 {
						t.Errorf("%s: it does not say where: %+v", tc.reason, p)
					}
					got = append(got, p.Path+": "+p.Message)
				}
			}
			var want []string
			if tc.want != "" {
				want = []string{tc.want}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}
