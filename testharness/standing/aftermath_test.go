package standing_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/standing"
)

// TestAftermath: what an action has changed may be unknown for as long as the
// system says, and not for ever. Looks are half a second apart, and two intervals
// and the timeout are three seconds.
func TestAftermath(t *testing.T) {
	t.Parallel()
	const lasts = 2 * time.Second
	accepted := protocol.Outcome{Status: protocol.OutcomeAccepted}
	tests := map[string]struct {
		reason    string
		act       record.Act
		aftermath time.Duration
		hurt      int  // looks under a fault, from before the action on; none without
		expects   bool // a step expects it to be unknown
		unknown   int  // looks after that, or after the action, that do not know
		want      []string
	}{
		"Inside": {
			reason: "The window in which it was changed is not over.",
			act:    record.Act{Outcome: accepted}, aftermath: lasts, unknown: 9,
		},
		"ForEver": {
			reason: "It is over, and nothing is known still.",
			act:    record.Act{Outcome: accepted}, aftermath: lasts, unknown: 12,
			want: []string{"everything_returns"},
		},
		"NoAftermath": {
			reason: "Nothing but the next look was needed.",
			act:    record.Act{Outcome: accepted}, unknown: 8,
			want: []string{"everything_returns"},
		},
		"Unchanged": {
			reason: "Of what was not changed nothing need be unknown; the looks are late all the same.",
			act:    record.Act{Outcome: protocol.Outcome{Status: protocol.OutcomeUnchanged}}, aftermath: time.Hour, unknown: 8,
			want: []string{"everything_returns"},
		},
		"Expected": {
			reason: "The scenario knows of it.",
			act:    record.Act{Outcome: accepted}, aftermath: lasts, expects: true, unknown: 20,
		},
		"InsideAfterAFault": {
			reason: "What was done under a fault is seen when that is over, and the window begins then.",
			act:    record.Act{Outcome: accepted}, aftermath: lasts, hurt: 5, unknown: 9,
		},
		"ForEverAfterAFault": {
			reason: "That was long ago, too.",
			act:    record.Act{Outcome: accepted}, aftermath: lasts, hurt: 5, unknown: 12,
			want: []string{"everything_returns"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWriter()
			impact := fault.Impact{May: marks("down/b")}
			doubt := said{unknown: []string{"down/a"}}
			w.look(said{})
			if tc.hurt > 0 {
				w.fault(1, record.Injecting, impact)
				w.fault(1, record.Injected, impact)
			}
			if tc.expects {
				w.event(record.Event{Step: &record.Step{Number: 1, Expects: marks("down/a")}})
			}
			tc.act.Began, tc.act.Entity, tc.act.Aftermath = w.now, "a", tc.aftermath
			w.event(record.Event{Act: &tc.act})
			for range tc.hurt {
				w.look(doubt)
			}
			if tc.hurt > 0 {
				w.fault(1, record.Healing, impact)
				w.fault(1, record.Settled, impact)
			}
			for range tc.unknown {
				w.look(doubt)
			}
			for range 4 {
				w.look(said{})
			}
			r := w.end()
			if diff := cmp.Diff(tc.want, broken(r)); diff != "" {
				t.Errorf("%s (-want +got):\n%s\n%s", tc.reason, diff, dump(standing.Check(r)))
			}
		})
	}
}
