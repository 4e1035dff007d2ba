package scenario_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// watchman is a lamp that can tell itself which light is out.
type watchman struct {
	room
	sees []fault.Mark
	err  error
}

func (w watchman) Witness(context.Context) ([]fault.Mark, error) { return w.sees, w.err }

// complaining says of one light that it is out, for a while after the beginning
// was found well, though nobody has turned it off.
type complaining struct {
	protocol.Subject
	looks int
}

func (c *complaining) Observe(ctx context.Context) (protocol.Observation, error) {
	o, err := c.Subject.Observe(ctx)
	if c.looks++; c.looks > 2 && c.looks < 6 {
		o.Violations = append(o.Violations, protocol.Violation{Invariant: "light_out", Entity: "left", Severity: protocol.Critical, Message: "left is off"})
	}
	return o, err
}

// What is broken by itself is neither a false alarm nor what a scenario has
// broken, where the system's own witness says so.
func TestWhatTheWitnessSees(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		sees   []fault.Mark
		err    error
		want   scenario.Verdict
	}{
		"Seen":    {"The subject is right.", marks("light_out left"), nil, scenario.Passed},
		"Nothing": {"The subject is wrong.", nil, nil, scenario.Failed},
		"Another": {"It was another light.", marks("light_out right"), nil, scenario.Failed},
		"Blind":   {"A witness that cannot tell has seen nothing.", marks("light_out left"), errors.New("it is foggy"), scenario.Failed},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLamp()
			system := l.system()
			start := system.Start
			system.Start = func(ctx context.Context, o stack.Options) (stack.Stack, error) {
				if _, err := start(ctx, o); err != nil {
					return nil, err
				}
				return watchman{room{l}, tc.sees, tc.err}, nil
			}
			sc := story(scenario.Step{Check: true, Expect: &scenario.Expectation{
				Within: 5 * time.Second, For: 500 * time.Millisecond, Held: marks("*"),
			}})
			sc.Never = marks("*")
			result := play(t, l, sc, func(o *scenario.Options) {
				o.Systems = []stack.System{system}
				o.Wrap = func(s protocol.Subject, _ protocol.Definition, _ stack.Stack) protocol.Subject {
					return &complaining{Subject: s}
				}
			})
			if result.Verdict != tc.want {
				t.Errorf("%s\nverdict = %s, want %s: %v %v", tc.reason, result.Verdict, tc.want, result.Failures, result.Findings)
			}
			rules := make([]string, 0, len(result.Findings))
			for _, f := range result.Findings {
				rules = append(rules, f.Rule)
			}
			if alarm := slices.Contains(rules, "no_false_alarms"); alarm != (tc.want == scenario.Failed) {
				t.Errorf("%s\na false alarm: %t, by %q", tc.reason, alarm, rules)
			}
		})
	}
}
